/**
 * What callers of kvstore use. Only JDK types and our own appear here, so that the embedded engine and the gRPC client
 * are the same thing to a caller.
 */
@NullMarked
package io.kvstore.api;

import org.jspecify.annotations.NullMarked;
