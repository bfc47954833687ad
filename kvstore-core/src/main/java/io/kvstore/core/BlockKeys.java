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

    /** Of the partition that each thread named a block of last: a stream reads from one, as a rule. */
    private static final ThreadLocal<BlockKeys> LATEST = new ThreadLocal<>();

    private final String partitionKey;
    private final BlockHasher hasher;
    private final ByteBuffer bytes = ByteBuffer.allocate(PARTITION_BYTES + BlockHasher.DIGEST_BYTES);

    BlockKeys(String partitionKey) {
        this.partitionKey = partitionKey;
        this.hasher = BlockHasher.forPartition(partitionKey);
        hasher.partitionDigest(bytes.array(), 0); // its second half is overwritten by each digest
    }

    /** One that this thread may use until it asks for the next: to make one costs more than the name of a block. */
    static BlockKeys ofThisThread(String partitionKey) {
        BlockKeys latest = LATEST.get();
        if (latest == null || !latest.partitionKey.equals(partitionKey)) {
            latest = new BlockKeys(partitionKey);
            LATEST.set(latest);
        }
        return latest;
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
