package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A Bloom filter of 512-bit blocks: the eight probes of a key fall into one block, which is one cache line, so that an answer
 * costs one memory access whatever the size. At 16 bits a key about 0.1 % of the absent keys are taken for present.
 *
 * <p>Threading: lock-free; any number of threads add and ask. A key is found by every thread that learns of the finished
 * {@link #add} in a way that orders memory, as completing a future does.
 *
 * <p>Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007). Keys are SHA-256 digests, so
 * their bits are used as they are: 32 of the first word choose the block, 8 x 6 of the second one bit in each of its words.
 */
final class BlockedBloomFilter {

    /*
     * Why not Guava's BloomFilter: equal memory (16 bits a key), ns a question, ms for filling less the making of the keys;
     * ours / Guava, JMH (BloomFilterBenchmark in kvstore-bench, -f 1 -wi 2 -i 3), two-core Xeon, JDK 17, load 1.7:
     *
     *              1 thread, 10^6   1 thread, 10^7   2 threads, 10^6   2 threads, 10^7
     *   hit           32 / 99          52 / 188          31 / 118          49 / 182
     *   miss          33 / 82          53 / 197          35 / 85           51 / 200
     *   fill          37 / 184       1067 / 3352         52 / 199         574 / 2694
     *
     * Guava's probes go to as many cache lines as it has hash functions, and hash the key first, which is a hash already.
     */

    /** Most keys one filter is made for; 2 GiB of bits. */
    static final long MAX_KEYS = 1L << 30;

    private static final int BITS_PER_KEY = 16;
    private static final int WORDS_PER_BLOCK = 8;
    private static final int KEYS_PER_BLOCK = WORDS_PER_BLOCK * Long.SIZE / BITS_PER_KEY;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;
    private final int blocks;
    private final LongAdder added = new LongAdder();

    /** A filter for {@code keys} keys; more can be added, at a growing rate of false positives. */
    BlockedBloomFilter(long keys) {
        if (keys < 0 || keys > MAX_KEYS) {
            throw new IllegalArgumentException("keys: " + keys + " (expected: 0 to " + MAX_KEYS + ")");
        }
        blocks = blocks(keys);
        words = new long[blocks * WORDS_PER_BLOCK];
    }

    /**
     * A filter for {@code keys} keys; null when the heap has less left than its owner thinks. A smaller one is not tried: it would
     * take the last of a heap that others need.
     */
    static @Nullable BlockedBloomFilter ifThereIsHeap(long keys) {
        try {
            return new BlockedBloomFilter(keys);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    private static int blocks(long keys) {
        return (int) Math.max(1, (keys + KEYS_PER_BLOCK - 1) / KEYS_PER_BLOCK);
    }

    /** What a filter for so many keys will take. */
    static long sizeBytes(long keys) {
        return (long) blocks(keys) * WORDS_PER_BLOCK * Long.BYTES;
    }

    void add(BlobKey key) {
        int block = block(key);
        long probes = key.digest1();
        boolean changed = false;
        for (int i = 0; i < WORDS_PER_BLOCK; i++) {
            long bit = 1L << (probes >>> (i * 6));
            // The check first: most bits of a full filter are set, and a read does not take the cache line from others.
            if (((long) WORDS.getOpaque(words, block + i) & bit) == 0) {
                WORDS.getAndBitwiseOr(words, block + i, bit);
                changed = true;
            }
        }
        if (changed) {
            added.increment();
        }
    }

    /** False: not added. True: added, or one of the rare false positives. */
    boolean mayContain(BlobKey key) {
        int block = block(key);
        long probes = key.digest1();
        long missing = 0;
        for (int i = 0; i < WORDS_PER_BLOCK; i++) {
            long word = (long) WORDS.getOpaque(words, block + i);
            missing |= ~word & (1L << (probes >>> (i * 6)));
        }
        return missing == 0;
    }

    /** How many keys changed the filter: the number of distinct keys, less the false positives among them. */
    long approximateKeys() {
        return added.sum();
    }

    /** How many keys it was made for. */
    long capacityKeys() {
        return (long) blocks * KEYS_PER_BLOCK;
    }

    long sizeBytes() {
        return (long) words.length * Long.BYTES;
    }

    /** First word of the key's block: the high half of the product spreads 32 uniform bits over any number of blocks. */
    private int block(BlobKey key) {
        return (int) (((key.digest0() & 0xffff_ffffL) * blocks) >>> 32) * WORDS_PER_BLOCK;
    }

    @Override
    public String toString() {
        return "BlockedBloomFilter[" + approximateKeys() + " of " + capacityKeys() + " keys, " + sizeBytes()
                + " bytes]";
    }
}
