package io.kvstore.testkit;

import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.TokenBlocks;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Prompts and payloads made from a seed: the same seed and the same order of calls give the same prompts.
 *
 * <p>Threading: what draws from the seed (tokens, hashes, chains) is for one thread. {@link #payload}, {@link #payloadBytes}
 * and {@link #verify} are functions of the seed and their arguments, safe for many threads and in any order.
 */
public final class Prompts {

    /** Tokens drawn are below this: the size of a vocabulary of today. */
    public static final int VOCABULARY = 100_000;

    private final long seed;
    private final SplittableRandom random;

    private Prompts(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    public static Prompts seeded(long seed) {
        return new Prompts(seed);
    }

    /** The next {@code count} tokens, from 0 to {@link #VOCABULARY} less one. */
    public TokenBlocks tokens(int count) {
        return TokenBlocks.of(random.longs(count, 0, VOCABULARY).toArray());
    }

    /** The next {@code count} whole blocks. */
    public TokenBlocks blocks(int count) {
        return tokens(count * Limits.BLOCK_TOKENS);
    }

    /** The next {@code blocks} blocks as a chain with kvstore's own hashes, in the partition "". */
    public PromptChain chain(int blocks) {
        return PromptChain.own("", blocks(blocks));
    }

    /** The next {@code blocks} blocks as a chain whose hashes come from nowhere: a client with a scheme of its own. */
    public PromptChain foreignChain(int blocks) {
        return PromptChain.foreign(blocks(blocks), hashes(blocks));
    }

    /** The next {@code count} hashes, none of them 0. */
    public long[] hashes(int count) {
        return random.longs(Integer.MAX_VALUE)
                .filter(hash -> hash != 0)
                .limit(count)
                .toArray();
    }

    /** The payload of {@code key}: the same bytes for the same seed, key and size. */
    public byte[] payloadBytes(long key, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        SplittableRandom stream = new SplittableRandom(seed ^ Long.rotateLeft(key * 0x9E3779B97F4A7C15L, 17));
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.remaining() >= Long.BYTES) {
            out.putLong(stream.nextLong());
        }
        while (out.hasRemaining()) {
            out.put((byte) stream.nextInt());
        }
        return bytes;
    }

    /** {@link #payloadBytes} on the heap, with one claim that the caller closes. */
    public Payload payload(long key, int sizeBytes) {
        return Payload.wrap(payloadBytes(key, sizeBytes));
    }

    /** Whether {@code payload} is, byte for byte, the payload of {@code key}; leaves its claim alone. */
    public boolean verify(Payload payload, long key) {
        return payload.buffer().equals(ByteBuffer.wrap(payloadBytes(key, payload.sizeBytes())));
    }
}
