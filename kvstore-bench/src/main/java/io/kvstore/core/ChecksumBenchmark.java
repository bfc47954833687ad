package io.kvstore.core;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The checksum of a payload in direct memory, which lies in memory and not in the processor's cache. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ChecksumBenchmark {

    private static final int MEMORY_BYTES = 256 << 20;

    @Param({"512", "65536", "1200000"})
    int payloadBytes;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(MEMORY_BYTES);
    private int at;

    @Setup
    public void touch() {
        for (int i = 0; i < MEMORY_BYTES; i += 512) {
            memory.put(i, (byte) i);
        }
    }

    @Benchmark
    public int crc32c() {
        at = at + 2 * payloadBytes > MEMORY_BYTES ? 0 : at + payloadBytes;
        return Crc32c.of(memory.slice(at, payloadBytes));
    }
}
