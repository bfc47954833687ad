/** The backend in Azure Blob Storage: durable chunks for many customers' accounts, over the asynchronous SDK and Netty. */
@NullMarked
package io.kvstore.azure;

import org.jspecify.annotations.NullMarked;
