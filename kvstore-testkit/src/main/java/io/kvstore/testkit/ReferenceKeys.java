package io.kvstore.testkit;

import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The documented identity of a block, written a second time and as plainly as possible: SHA-256 over one byte format version
 * (1), one byte token width (4 or 8), 32 bytes SHA-256 of the partition key's UTF-8, 8 bytes parent hash, and the 128 tokens
 * big-endian in that width; 4 when all of them fit in unsigned 32 bits.
 *
 * <p>It shares no code with the engine, so that a slip in one of the two shows.
 */
final class ReferenceKeys {

    private static final byte FORMAT_VERSION = 1;

    private ReferenceKeys() {}

    /** The own hash of a block: the first 64 bits of its identity, 1 instead of 0. */
    static long ownHash(String partitionKey, long parentHash, TokenBlocks block) {
        long hash = ByteBuffer.wrap(digest(partitionKey, parentHash, block)).getLong();
        return hash == 0 ? 1 : hash;
    }

    /** Where the block is kept: its partition, then its identity. */
    static BlobKey blobKey(String partitionKey, long parentHash, TokenBlocks block) {
        ByteBuffer bytes = ByteBuffer.allocate(BlobKey.BYTES);
        bytes.put(partition(partitionKey), 0, 16);
        bytes.put(digest(partitionKey, parentHash, block));
        return BlobKey.read(bytes.flip());
    }

    private static byte[] digest(String partitionKey, long parentHash, TokenBlocks block) {
        int width = fitsIn32Bits(block) ? 4 : 8;
        ByteBuffer message = ByteBuffer.allocate(2 + 32 + 8 + width * block.tokenCount());
        message.put(FORMAT_VERSION).put((byte) width).put(partition(partitionKey));
        message.putLong(parentHash);
        for (int i = 0; i < block.tokenCount(); i++) {
            if (width == 4) {
                message.putInt((int) block.token(i));
            } else {
                message.putLong(block.token(i));
            }
        }
        return sha256(message.array());
    }

    private static boolean fitsIn32Bits(TokenBlocks block) {
        for (int i = 0; i < block.tokenCount(); i++) {
            if (block.token(i) >>> 32 != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] partition(String partitionKey) {
        return sha256(partitionKey.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] sha256(byte[] message) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
