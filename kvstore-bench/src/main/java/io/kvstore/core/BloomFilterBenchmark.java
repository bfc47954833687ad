package io.kvstore.core;

import com.google.common.hash.BloomFilter;
import com.google.common.hash.Funnel;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * {@link BlockedBloomFilter} against Guava's BloomFilter, both made for and filled with as many keys, and with as much memory:
 * Guava is asked for the rate of false positives that 16 bits a key give it, 0.046 %.
 *
 * <p>{@code kvstore-bench/jmh BloomFilterBenchmark -t 1}, and with {@code -t 2}.
 *
 * <p>hit and miss: nanoseconds a question, over a million keys, so that their blocks do not stay in a cache. fill: milliseconds
 * for one thread's share of the puts of all keys into an empty filter; what making the keys takes of it is measured as {@link
 * #fillNothing}.
 *
 * <p>It lies in the package of the filter, which is nobody else's to see.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx1g")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class BloomFilterBenchmark {

    private static final double GUAVA_RATE_AT_16_BITS = 0.000_46;

    /** The key is never null; to the null checker Guava's funnels take anything. */
    private static final Funnel<BlobKey> FUNNEL = (key, sink) -> {
        BlobKey some = Objects.requireNonNull(key);
        sink.putLong(some.digest0()).putLong(some.digest1());
    };

    private static BloomFilter<BlobKey> guava(int keys) {
        return BloomFilter.create(FUNNEL, keys, GUAVA_RATE_AT_16_BITS);
    }

    /** Keys in an order that is always the same, made one by one: ten million at a time would fill the heap. */
    private static final class Keys {
        private final SplittableRandom random;
        private final ByteBuffer binary = ByteBuffer.allocate(BlobKey.BYTES);

        Keys(long seed) {
            random = new SplittableRandom(seed);
        }

        BlobKey next() {
            binary.clear();
            while (binary.hasRemaining()) {
                binary.putLong(random.nextLong());
            }
            return BlobKey.read(binary.flip());
        }
    }

    /** Two full filters, and keys to ask for. */
    @State(Scope.Benchmark)
    public static class Full {

        private static final int ASKED = 1 << 20;

        @Param({"1000000", "10000000"})
        int keys;

        BlockedBloomFilter ours = new BlockedBloomFilter(0);
        BloomFilter<BlobKey> guava = guava(1);
        final BlobKey[] present = new BlobKey[ASKED];
        final BlobKey[] absent = new BlobKey[ASKED];

        @Setup
        public void fill() {
            ours = new BlockedBloomFilter(keys);
            guava = guava(keys);
            Keys stored = new Keys(1);
            for (int i = 0; i < keys; i++) {
                BlobKey key = stored.next();
                ours.add(key);
                guava.put(key);
            }
            Keys again = new Keys(1);
            Keys others = new Keys(2);
            int falseOurs = 0;
            int falseGuava = 0;
            for (int i = 0; i < ASKED; i++) {
                present[i] = i < keys ? again.next() : present[i - keys];
                absent[i] = others.next();
                falseOurs += ours.mayContain(absent[i]) ? 1 : 0;
                falseGuava += guava.mightContain(absent[i]) ? 1 : 0;
            }
            System.out.printf(
                    "false positives of %,d: ours %,d, Guava %,d; ours %,d bytes%n",
                    ASKED, falseOurs, falseGuava, ours.sizeBytes());
        }
    }

    /** Where a thread is in the keys it asks for. */
    @State(Scope.Thread)
    public static class Turn {

        private int at;

        @Setup
        public void start(ThreadParams thread) {
            at = thread.getThreadIndex() * (Full.ASKED / thread.getThreadCount());
        }

        int next() {
            at = (at + 1) & (Full.ASKED - 1);
            return at;
        }
    }

    @Benchmark
    public boolean hitOurs(Full filters, Turn turn) {
        return filters.ours.mayContain(filters.present[turn.next()]);
    }

    @Benchmark
    public boolean hitGuava(Full filters, Turn turn) {
        return filters.guava.mightContain(filters.present[turn.next()]);
    }

    @Benchmark
    public boolean missOurs(Full filters, Turn turn) {
        return filters.ours.mayContain(filters.absent[turn.next()]);
    }

    @Benchmark
    public boolean missGuava(Full filters, Turn turn) {
        return filters.guava.mightContain(filters.absent[turn.next()]);
    }

    /** Two empty filters. */
    @State(Scope.Benchmark)
    public static class Empty {

        @Param({"1000000", "10000000"})
        int keys;

        BlockedBloomFilter ours = new BlockedBloomFilter(0);
        BloomFilter<BlobKey> guava = guava(1);

        @Setup(Level.Iteration)
        public void empty() {
            ours = new BlockedBloomFilter(keys);
            guava = guava(keys);
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public void fillOurs(Empty filters, ThreadParams thread) {
        Keys keys = new Keys(thread.getThreadIndex());
        for (int i = 0; i < filters.keys / thread.getThreadCount(); i++) {
            filters.ours.add(keys.next());
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public void fillGuava(Empty filters, ThreadParams thread) {
        Keys keys = new Keys(thread.getThreadIndex());
        for (int i = 0; i < filters.keys / thread.getThreadCount(); i++) {
            filters.guava.put(keys.next());
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public void fillNothing(Empty filters, ThreadParams thread, Blackhole taken) {
        Keys keys = new Keys(thread.getThreadIndex());
        for (int i = 0; i < filters.keys / thread.getThreadCount(); i++) {
            taken.consume(keys.next());
        }
    }
}
