package io.kvstore.bench.load;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Load through our own client. What comes back is looked at and closed on the threads it comes on. */
final class KvstoreClient implements LoadClient {

    private static final CallOptions PATIENT = CallOptions.DEFAULT.withTimeout(Duration.ofMinutes(2));
    private static final long MAX_DRAIN_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int SAMPLE_EVERY = 64;
    private static final int LOADED_AT_ONCE = 8;

    /** Of lookups: a prompt of each kind after the other, so that not always the same blocks are asked for. */
    private static final int CHAINS = 4;

    private final KVStores stores;
    private final KVStore store;
    private final String partition;
    private final List<String> locations = new ArrayList<>();
    private final Map<Long, String> written = new ConcurrentSkipListMap<>();
    private List<LookupQuery> queries = List.of();
    private int loadedBlocks;

    /**
     * Load on what these stores are.
     *
     * @param partition of everything that this run stores, so that another run's chunks are not in its way
     */
    KvstoreClient(KVStores stores, String partition) {
        this.stores = stores;
        this.store = stores.store(LoadMain.STORE);
        this.partition = partition;
    }

    @Override
    public void load(Job job, PayloadSet payloads) throws IOException {
        locations.clear();
        for (int from = 0; from < payloads.count(); from += LOADED_AT_ONCE) {
            loadChunks(payloads, from, Math.min(from + LOADED_AT_ONCE, payloads.count()));
        }
        for (int chain = 0; chain < CHAINS && job.blocks() > loadedBlocks; chain++) {
            loadChain(BenchTokens.prompt(chain, job.blocks()), payloads);
        }
        loadedBlocks = Math.max(loadedBlocks, job.blocks());
    }

    private void loadChunks(PayloadSet payloads, int from, int to) throws IOException {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = from; i < to; i++) {
            writes.add(write(BenchTokens.chunk(payloads.payloadBytes(), i), payloads, i));
        }
        List<CompletableFuture<ReadResult>> reads = new ArrayList<>();
        for (CompletableFuture<WriteResult> each : writes) {
            String location = await(each).location();
            locations.add(location);
            reads.add(store.read(location, PATIENT));
        }
        for (int i = from; i < to; i++) {
            try (ReadResult result = await(reads.get(i - from))) {
                if (!isChunk(result, payloads, i)) {
                    throw new IOException("chunk " + i + " came back with other bytes");
                }
            }
        }
    }

    private void loadChain(TokenBlocks prompt, PayloadSet payloads) throws IOException {
        long[] hashes = BlockHasher.chain(partition, prompt);
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < hashes.length; i++) {
            try (Payload payload = Payload.of(payloads.payload(i), () -> {})) {
                writes.add(store.write(
                        new PromptChunk(hashes[i], i == 0 ? 0 : hashes[i - 1], partition, prompt.block(i), "", payload),
                        PATIENT));
            }
        }
        for (CompletableFuture<WriteResult> each : writes) {
            await(each);
        }
    }

    private CompletableFuture<WriteResult> write(TokenBlocks tokens, PayloadSet payloads, long number) {
        try (Payload payload = Payload.of(payloads.payload(number), () -> {})) {
            // A hash of the caller's own, as clients in production send: any value does.
            return store.write(new PromptChunk(number + 1, 0, partition, tokens, "", payload), PATIENT);
        }
    }

    private static boolean isChunk(ReadResult result, PayloadSet payloads, long number) {
        return result.chunk()
                .filter(chunk -> chunk.hash() == number + 1
                        && payloads.isRight(number, chunk.payload().buffer()))
                .isPresent();
    }

    @Override
    public void prepare(Job job) {
        written.clear();
        List<LookupQuery> made = new ArrayList<>();
        for (int chain = 0; chain < CHAINS && job.blocks() > 0; chain++) {
            made.add(LookupQuery.of(BenchTokens.question(chain, job.blocks(), job.hits()))
                    .inPartition(partition));
        }
        queries = List.copyOf(made);
    }

    @Override
    public void run(Job job, PayloadSet payloads, Window window) throws InterruptedException {
        if (job.call() == Call.STREAMING_READ) {
            StreamedReads stream = new StreamedReads(LoadMain.STORE, locations, payloads, window, job.isOpenLoop());
            stores.readAll(stream, PATIENT).subscribe(stream.answers());
            stream.ask(job.depth());
        } else if (job.isOpenLoop()) {
            for (Turn turn; (turn = window.next()) != null; ) {
                Turn asked = turn;
                start(job, payloads, asked).whenComplete((right, failure) -> tell(window, asked, job, right, failure));
            }
        } else {
            for (int i = 0; i < job.depth(); i++) {
                startNext(job, payloads, window);
            }
        }
        window.awaitEnd(MAX_DRAIN_NANOS);
    }

    private void startNext(Job job, PayloadSet payloads, Window window) {
        Turn turn = window.next();
        if (turn != null) {
            start(job, payloads, turn).whenComplete((right, failure) -> {
                tell(window, turn, job, right, failure);
                startNext(job, payloads, window);
            });
        }
    }

    private static void tell(Window window, Turn turn, Job job, @Nullable Boolean right, @Nullable Throwable failure) {
        if (failure != null) {
            window.failed(String.valueOf(KVStoreException.of(failure).getMessage()));
        } else if (!Boolean.TRUE.equals(right)) {
            window.failed("an answer was not what was stored");
        } else {
            window.finished(turn, job.call() == Call.LOOKUP ? 0 : job.payloadBytes());
        }
    }

    /** Whether the answer is right. */
    private CompletableFuture<Boolean> start(Job job, PayloadSet payloads, Turn turn) {
        return switch (job.call()) {
            case READ -> {
                int chunk = (int) (turn.number() % locations.size());
                yield store.read(locations.get(chunk), PATIENT).thenApply(result -> {
                    try (result) {
                        return StreamedReads.looksRight(result, payloads, chunk, turn);
                    }
                });
            }
            case WRITE -> {
                long number = job.firstNew() + turn.number();
                yield write(BenchTokens.chunk(payloads.payloadBytes(), number), payloads, number)
                        .thenApply(result -> wrote(result, turn));
            }
            case WRITE_AGAIN -> {
                int chunk = (int) (turn.number() % payloads.count());
                yield write(BenchTokens.chunk(payloads.payloadBytes(), chunk), payloads, chunk)
                        .thenApply(WriteResult::alreadyStored);
            }
            default -> {
                int expected = job.hits().of(job.blocks());
                yield store.lookup(queries.get((int) (turn.number() % queries.size())), PATIENT)
                        .thenApply(found -> found(found, expected));
            }
        };
    }

    private boolean wrote(WriteResult result, Turn turn) {
        if (turn.number() % SAMPLE_EVERY == 0) {
            written.put(turn.number(), result.location());
        }
        return !result.alreadyStored();
    }

    private static boolean found(LookupResult result, int expected) {
        return result.cachedBlocks() == expected && !result.degraded();
    }

    @Override
    public void verify(Job job, PayloadSet payloads, long operations) throws IOException {
        for (Map.Entry<Long, String> sample : written.entrySet()) {
            try (ReadResult result = await(store.read(sample.getValue(), PATIENT))) {
                if (!isChunk(result, payloads, job.firstNew() + sample.getKey())) {
                    throw new IOException("a chunk that was written came back with other bytes");
                }
            }
        }
        written.clear();
    }

    private static <T> T await(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw new IOException(String.valueOf(KVStoreException.of(e).getMessage()), e);
        }
    }

    @Override
    public void close() {
        stores.close();
    }
}
