package io.kvstore.core;

import io.kvstore.api.KVStore;
import io.kvstore.api.LookupQuery;
import io.kvstore.spi.BlobKey;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A lookup of 1,000 blocks in the engine, over the index of the file store, without the wire: all stored, none stored, and the
 * naming of one block alone, which is most of it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx3g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class LookupBenchmark {

    private static final int ASKED = 64;

    @Param({"10000", "1000000"})
    int chunks;

    private final List<LookupQuery> stored = new ArrayList<>();
    private StoredPrompts prompts = new StoredPrompts(StoredPrompts.BLOCKS);
    private KVStore store = prompts.store();
    private LookupQuery unknown = prompts.unknown();
    private final BlockKeys keys = new BlockKeys("");
    private int turn;

    @Setup
    public void fill() {
        prompts = new StoredPrompts(chunks);
        store = prompts.store();
        unknown = prompts.unknown();
        for (int i = 0; i < ASKED; i++) {
            stored.add(prompts.nextStored());
        }
    }

    @TearDown
    public void close() {
        prompts.close();
    }

    @Benchmark
    public int allStored() {
        turn = (turn + 1) % ASKED;
        return store.lookup(stored.get(turn)).join().cachedBlocks();
    }

    @Benchmark
    public int noneStored() {
        return store.lookup(unknown).join().cachedBlocks();
    }

    @Benchmark
    public BlobKey keyOfOneBlock() {
        turn = (turn + 1) % StoredPrompts.BLOCKS;
        return keys.key(unknown.tokens(), turn, turn);
    }
}
