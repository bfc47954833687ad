package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Uniformly random keys, the same ones for the same seed. */
final class Keys {

    private final SplittableRandom random;

    Keys(long seed) {
        random = new SplittableRandom(seed);
    }

    BlobKey next() {
        ByteBuffer bytes = ByteBuffer.allocate(BlobKey.BYTES);
        while (bytes.hasRemaining()) {
            bytes.putLong(random.nextLong());
        }
        return BlobKey.read(bytes.flip());
    }
}
