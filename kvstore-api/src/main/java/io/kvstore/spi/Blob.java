package io.kvstore.spi;

import io.kvstore.api.Payload;
import io.kvstore.api.Tier;

/**
 * A stored blob with a claim on its bytes; whoever gets it closes it.
 *
 * @param info what travels with it
 * @param payload exactly {@code info.payloadBytes()} long
 * @param tier where the bytes came from
 */
public record Blob(BlobInfo info, Payload payload, Tier tier) implements AutoCloseable {

    /** A second blob with a claim of its own on the same bytes. */
    public Blob share() {
        return new Blob(info, payload.share(), tier);
    }

    /** Closes this blob's claim. */
    @Override
    public void close() {
        payload.close();
    }
}
