package io.kvstore.spi;

import io.kvstore.api.Payload;
import io.kvstore.api.Tier;

/**
 * A stored blob with a claim on its bytes; whoever gets it closes it.
 *
 * @param info what travels with it
 * @param payload exactly {@code info.payloadBytes()} long
 * @param tier where the bytes came from
 * @param version names what was read for {@link BlobStore#deleteVersion}: opaque, the backend's own, another one for
 *     whatever is stored under the key later; {@link #NO_VERSION} when the layer that answers can not tell, as a cache that
 *     keeps none
 */
public record Blob(BlobInfo info, Payload payload, Tier tier, String version) implements AutoCloseable {

    /** The version of a blob of which nobody can say whether it is what the backend has. */
    public static final String NO_VERSION = "";

    /** A second blob with a claim of its own on the same bytes. */
    public Blob share() {
        return new Blob(info, payload.share(), tier, version);
    }

    /** Closes this blob's claim. */
    @Override
    public void close() {
        payload.close();
    }
}
