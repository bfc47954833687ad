package io.kvstore.core;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;

/**
 * Names blocks of one partition: the key's partition id is the first 16 bytes of SHA-256 of the partition key, its digest the
 * block's identity (see {@link BlockHasher}).
 *
 * <p>Not thread-safe.
 */
final class BlockKeys {

    private static final int PARTITION_BYTES = BlobKey.BYTES - BlockHasher.DIGEST_BYTES;

    private final BlockHasher hasher;
    private final ByteBuffer bytes = ByteBuffer.allocate(PARTITION_BYTES + BlockHasher.DIGEST_BYTES);

    BlockKeys(String partitionKey) {
        this.hasher = BlockHasher.forPartition(partitionKey);
        hasher.partitionDigest(bytes.array(), 0); // its second half is overwritten by each digest
    }

    /** The key of one block of {@code tokens} under that parent. */
    BlobKey key(TokenBlocks tokens, int block, long parentHash) {
        hasher.digest(tokens, block, parentHash, bytes.array(), PARTITION_BYTES);
        return BlobKey.read(bytes.rewind());
    }

    /** The hash that our own scheme gives to the block of that key. */
    static long ownHash(BlobKey key) {
        return BlockHasher.hashOf(key.digest0());
    }
}
