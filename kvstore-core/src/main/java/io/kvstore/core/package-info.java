/**
 * The engine, in one flat package with few public doors: {@link io.kvstore.core.CoreKVStores}, {@link
 * io.kvstore.core.FileBlobStore}, {@link io.kvstore.core.MemoryBlobStore}. Everything else is package-private: decorators of
 * {@link io.kvstore.spi.BlobStore}, one concern each, put together in {@code CoreKVStores.stack}.
 */
@NullMarked
package io.kvstore.core;

import org.jspecify.annotations.NullMarked;
