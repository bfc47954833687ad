package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Optional;

/** A blob; its bytes go when it was replaced or deleted and nobody sends them any more. */
final class StoredBlob {

    final String etag;
    final String lastModified;
    final String contentType;
    /** By name without {@code x-ms-meta-}. */
    final Map<String, String> metadata;

    final int sizeBytes;
    private final ByteBuf bytes;
    private boolean dropped;

    /** @param bytes a claim on them, taken over */
    StoredBlob(String etag, String lastModified, String contentType, Map<String, String> metadata, ByteBuf bytes) {
        this.etag = etag;
        this.lastModified = lastModified;
        this.contentType = contentType;
        this.metadata = Map.copyOf(metadata);
        this.sizeBytes = bytes.readableBytes();
        this.bytes = bytes;
    }

    /** A claim on so many of the bytes; nothing when the blob was dropped meanwhile. */
    synchronized Optional<ByteBuf> slice(int from, int length) {
        return dropped ? Optional.empty() : Optional.of(bytes.retainedSlice(bytes.readerIndex() + from, length));
    }

    synchronized void drop() {
        if (!dropped) {
            dropped = true;
            bytes.release();
        }
    }
}
