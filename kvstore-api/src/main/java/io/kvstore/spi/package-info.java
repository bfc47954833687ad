/** What backends implement: a store of named, write-once blobs that knows nothing of tokens. */
@NullMarked
package io.kvstore.spi;

import org.jspecify.annotations.NullMarked;
