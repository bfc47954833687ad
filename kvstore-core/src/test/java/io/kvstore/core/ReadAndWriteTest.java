package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PayloadLedger;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.ScriptedBlobStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads and writes against a backend that goes wrong. */
class ReadAndWriteTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final ManualClock clock = new ManualClock();
    private final ScriptedBlobStore backend = ScriptedBlobStore.inMemory();
    private final RecordingBlobStore recorded = RecordingBlobStore.over(backend);
    private final Prompts prompts = Prompts.seeded(12);
    private final PayloadLedger ledger = new PayloadLedger();
    private final CoreKVStores stores = builder().build();
    private final KVStore store = stores.store(STORE);
    private final PromptChain chain = prompts.chain(1);

    private CoreKVStores.Builder builder() {
        return CoreKVStores.builder(recorded).nanoClock(clock).timer(clock.scheduler());
    }

    @AfterEach
    void everyClaimIsGivenBack() throws Exception {
        backend.heal();
        stores.close();
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    private WriteResult write(int payloadBytes) {
        return startWrite(store, payloadBytes).join();
    }

    private CompletableFuture<WriteResult> startWrite(KVStore to, int payloadBytes) {
        try (PromptChunk chunk = chain.chunk(0, ledger.payload(prompts.payloadBytes(1, payloadBytes)))) {
            return to.write(chunk);
        }
    }

    private static Reason reasonOf(CompletableFuture<?> call) {
        try {
            call.join();
            throw new AssertionError("expected a failure");
        } catch (CompletionException e) {
            return KVStoreException.of(e).reason();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 100_000})
    void a_flipped_bit_is_data_loss_then_absence_and_can_be_written_again(int payloadBytes) {
        String location = write(payloadBytes).location();
        backend.next(Kind.GET).flipsABit();

        assertThat(reasonOf(store.read(location))).isEqualTo(Reason.DATA_LOSS);
        assertThat(store.read(location).join().isFound()).isFalse();
        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isZero();
        assertThat(write(payloadBytes).alreadyStored()).isFalse();
        try (ReadResult read = store.read(location).join()) {
            assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 1)).isTrue();
        }
    }

    /** The failure: every read of a store in memory summed its bytes anew on a worker, at the price of sending them. */
    @Test
    void what_never_left_this_process_is_answered_at_once_and_summed_by_nobody() {
        try (CoreKVStores inMemory =
                CoreKVStores.builder(MemoryBlobStore.builder().build()).build()) {
            KVStore memory = inMemory.store(STORE);
            String location = startWrite(memory, 100_000).join().location();

            CompletableFuture<ReadResult> read = memory.read(location);

            assertThat(read).isCompleted();
            try (ReadResult result = read.join()) {
                assertThat(prompts.verify(result.chunk().orElseThrow().payload(), 1))
                        .isTrue();
            }
        }
    }

    /** The failure: two servers read one damaged chunk, and the slower one deleted what was stored anew in between. */
    @Test
    void a_damaged_chunk_that_two_read_is_deleted_once_and_its_rewrite_stays() {
        String location = write(100).location();
        KVStore other = builder().build().store(STORE);
        backend.every(Kind.GET).times(2).flipsABit();
        backend.next(Kind.DELETE).isHeld();

        CompletableFuture<ReadResult> slower = store.read(location);
        assertThat(reasonOf(other.read(location))).isEqualTo(Reason.DATA_LOSS);
        assertThat(startWrite(other, 100).join().alreadyStored()).isFalse();
        backend.releaseHeld();

        assertThat(reasonOf(slower)).isEqualTo(Reason.DATA_LOSS);
        try (ReadResult read = store.read(location).join()) {
            assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 1)).isTrue();
        }
    }

    /** As above, of bytes that are intact and describe another chunk. */
    @Test
    void what_is_not_the_keys_chunk_is_deleted_once_and_the_chunk_that_came_after_stays() {
        String location = write(100).location();
        var key = io.kvstore.spi.BlobKey.parse(location).orElseThrow();
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        try (var blob = backend.get(STORE, key, context).join().orElseThrow()) {
            backend.delete(STORE, key, context).join();
            var foreign = new io.kvstore.spi.BlobInfo(
                    blob.info().tag(), 100, blob.info().crc32c(), new byte[] {1});
            backend.put(STORE, key, foreign, blob.payload(), context).join();
        }
        KVStore other = builder().build().store(STORE);
        backend.next(Kind.DELETE).isHeld();

        CompletableFuture<ReadResult> slower = store.read(location);
        assertThat(reasonOf(other.read(location))).isEqualTo(Reason.DATA_LOSS);
        assertThat(startWrite(other, 100).join().alreadyStored()).isFalse();
        backend.releaseHeld();

        assertThat(reasonOf(slower)).isEqualTo(Reason.DATA_LOSS);
        assertThat(backend.head(STORE, key, context).join()).isPresent();
    }

    @Test
    void a_truncated_answer_is_never_data() {
        String location = write(5_000).location();
        backend.next(Kind.GET).truncatesTo(4_999);

        assertThat(reasonOf(store.read(location))).isEqualTo(Reason.DATA_LOSS);
    }

    @Test
    void a_tail_of_zeros_is_never_data() {
        String location = write(50_000).location();
        backend.next(Kind.GET).zerosFrom(40_000);

        assertThat(reasonOf(store.read(location))).isEqualTo(Reason.DATA_LOSS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", "PERMISSION_DENIED", "NOT_FOUND"})
    void trouble_is_told_as_what_it_is_and_never_as_a_miss_or_a_success(String name) {
        Reason reason = Reason.valueOf(name);
        String location = write(100).location();
        backend.every(Kind.GET).fails(reason);
        backend.every(Kind.PUT).fails(reason);

        assertThat(reasonOf(store.read(location))).isEqualTo(reason);
        assertThat(reasonOf(startWrite(store, 100))).isEqualTo(reason);
    }

    @Test
    void a_write_whose_answer_is_lost_can_be_repeated() {
        backend.next(Kind.PUT).areDoneAndFail(Reason.UNAVAILABLE);

        assertThat(reasonOf(startWrite(store, 100))).isEqualTo(Reason.UNAVAILABLE);
        assertThat(write(100).alreadyStored()).isTrue();
    }

    @Test
    void a_frozen_backend_ends_a_read_when_its_time_is_up_and_the_request_is_cancelled() {
        String location = write(100).location();
        recorded.reset();
        backend.every(Kind.GET).isNeverAnswered();
        CompletableFuture<ReadResult> read =
                store.read(location, CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(3)));
        clock.advance(Duration.ofSeconds(2));
        assertThat(read).isNotDone();
        clock.advance(Duration.ofSeconds(2));

        assertThat(reasonOf(read)).isEqualTo(Reason.DEADLINE_EXCEEDED);
        assertThat(recorded.cancelledCount()).isEqualTo(1);
    }

    @Test
    void a_call_without_a_time_of_its_own_ends_all_the_same() {
        backend.every(Kind.PUT).isNeverAnswered();
        CompletableFuture<WriteResult> write = startWrite(store, 100_000);
        clock.advance(Duration.ofSeconds(31));

        assertThat(reasonOf(write)).isEqualTo(Reason.DEADLINE_EXCEEDED);
    }

    @Test
    void readers_of_one_chunk_at_once_cost_one_load_and_a_cancel_is_the_callers_own() {
        String location = write(100).location();
        recorded.reset();
        backend.next(Kind.GET).isHeld();
        CompletableFuture<ReadResult> first = store.read(location);
        CompletableFuture<ReadResult> second = store.read(location);
        CompletableFuture<ReadResult> third = store.read(location);
        first.cancel(true);
        backend.releaseHeld();

        assertThat(recorded.countOf(Kind.GET)).isEqualTo(1);
        assertThat(first).isCancelled();
        for (CompletableFuture<ReadResult> waiter : java.util.List.of(second, third)) {
            try (ReadResult read = waiter.join()) {
                assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 1))
                        .isTrue();
            }
        }
    }

    @Test
    void the_load_stops_when_its_last_reader_has_left() {
        String location = write(100).location();
        recorded.reset();
        backend.next(Kind.GET).isHeld();
        CompletableFuture<ReadResult> first = store.read(location);
        CompletableFuture<ReadResult> second = store.read(location);
        first.cancel(true);
        assertThat(recorded.cancelledCount()).isZero();
        second.cancel(true);

        assertThat(recorded.cancelledCount()).isEqualTo(1);
        store.read(location).join().close();
    }

    @Test
    void a_waiter_does_not_inherit_the_deadline_of_the_one_who_came_first() {
        String location = write(100).location();
        recorded.reset();
        backend.next(Kind.GET).isHeld();
        CompletableFuture<ReadResult> hasty =
                store.read(location, CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(1)));
        CompletableFuture<ReadResult> patient = store.read(location);
        clock.advance(Duration.ofSeconds(2));
        assertThat(reasonOf(hasty)).isEqualTo(Reason.DEADLINE_EXCEEDED);
        backend.releaseHeld();

        try (ReadResult read = patient.join()) {
            assertThat(read.isFound()).isTrue();
        }
    }

    @Test
    void a_waiter_whose_leader_failed_for_reasons_of_its_own_asks_for_itself() {
        CoalescingBlobStore coalescing = new CoalescingBlobStore(recorded);
        String location = write(100).location();
        var key = io.kvstore.spi.BlobKey.parse(location).orElseThrow();
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        recorded.reset();
        // The first load is held and then cancelled beneath the leader; the second is as usual.
        var loads = new java.util.ArrayList<CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>>>();
        CoalescingBlobStore manual = new CoalescingBlobStore(new ForwardingBlobStore(recorded) {
            @Override
            public CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>> get(
                    StoreId store, io.kvstore.spi.BlobKey asked, io.kvstore.spi.CallContext in) {
                var load = new CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>>();
                loads.add(load);
                return load;
            }
        });
        var leader = manual.get(STORE, key, context);
        var waiter = manual.get(STORE, key, context);
        loads.get(0).completeExceptionally(new KVStoreException(Reason.DEADLINE_EXCEEDED, "the leader's time is up"));

        assertThat(reasonOf(leader)).isEqualTo(Reason.DEADLINE_EXCEEDED);
        assertThat(waiter).isNotDone();
        loads.get(1).complete(coalescing.get(STORE, key, context).join());
        try (var blob = waiter.join().orElseThrow()) {
            assertThat(blob.info().payloadBytes()).isEqualTo(100);
        }
    }

    @Test
    void ten_thousand_waiters_whose_time_is_up_at_once_all_hear_of_it() {
        var first = new CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>>();
        var answers = new java.util.ArrayDeque<CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>>>();
        answers.add(first);
        KVStoreException late = new KVStoreException(Reason.DEADLINE_EXCEEDED, "late");
        CoalescingBlobStore coalescing = new CoalescingBlobStore(new ForwardingBlobStore(recorded) {
            @Override
            public CompletableFuture<java.util.Optional<io.kvstore.spi.Blob>> get(
                    StoreId store, io.kvstore.spi.BlobKey asked, io.kvstore.spi.CallContext in) {
                var next = answers.poll();
                return next != null ? next : CompletableFuture.failedFuture(late);
            }
        });
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        var key = new Keys(1).next();
        var waiters = java.util.stream.IntStream.range(0, 10_000)
                .mapToObj(i -> coalescing.get(STORE, key, context))
                .toList();
        first.completeExceptionally(late);

        assertThat(waiters).allMatch(CompletableFuture::isCompletedExceptionally);
    }

    @Test
    void a_chunk_of_a_format_to_come_is_not_destroyed() {
        String location = write(100).location();
        var key = io.kvstore.spi.BlobKey.parse(location).orElseThrow();
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        try (var blob = backend.get(STORE, key, context).join().orElseThrow()) {
            byte[] newer = blob.info().attributes().clone();
            newer[0] = 2;
            backend.delete(STORE, key, context).join();
            var info = new io.kvstore.spi.BlobInfo(
                    blob.info().tag(), 100, blob.info().crc32c(), newer);
            backend.put(STORE, key, info, blob.payload(), context).join();
        }

        assertThat(reasonOf(store.read(location))).isEqualTo(Reason.UNAVAILABLE);
        assertThat(backend.head(STORE, key, context).join()).isPresent();
    }

    @Test
    void a_resource_that_is_not_on_the_list_is_not_found() {
        KVStore unknown = builder().allowedResources(Set.of("other")).build().store(STORE);

        assertThat(reasonOf(unknown.lookup(chain.query()))).isEqualTo(Reason.NOT_FOUND);
        assertThat(reasonOf(startWrite(unknown, 10))).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void a_second_read_does_not_leave_memory() {
        try (CoreKVStores cached = builder().memoryCacheBytes(1 << 20).build()) {
            KVStore near = cached.store(STORE);
            String location = startWrite(near, 20_000).join().location();
            recorded.reset();
            for (int i = 0; i < 3; i++) {
                try (ReadResult read = near.read(location).join()) {
                    assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 1))
                            .isTrue();
                }
            }
            assertThat(recorded.countOf(Kind.GET)).isZero();
        }
    }

    @Test
    void a_chunk_that_is_evicted_while_it_is_read_stays_readable() {
        try (CoreKVStores cached = builder().memoryCacheBytes(200_000).build()) {
            KVStore near = cached.store(STORE);
            String location = startWrite(near, 90_000).join().location();
            try (ReadResult read = near.read(location).join()) {
                for (int i = 0; i < 20; i++) {
                    PromptChain other = prompts.chain(1);
                    try (PromptChunk chunk = other.chunk(0, Payload.wrap(new byte[90_000]))) {
                        String filler = near.write(chunk).join().location();
                        near.read(filler).join().close();
                    }
                }
                assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 1))
                        .isTrue();
            }
        }
    }

    @Test
    void what_lies_under_a_key_but_is_another_chunk_is_never_returned() {
        String location = write(100).location();
        String other = new BlockKeys("").key(prompts.blocks(1), 0, 0).name();
        var key = io.kvstore.spi.BlobKey.parse(location).orElseThrow();
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        try (var blob = backend.get(STORE, key, context).join().orElseThrow()) {
            backend.put(STORE, io.kvstore.spi.BlobKey.parse(other).orElseThrow(), blob.info(), blob.payload(), context)
                    .join();
        }
        CoreKVStores fresh = builder().build();

        assertThat(reasonOf(fresh.store(STORE).read(other))).isEqualTo(Reason.DATA_LOSS);
        assertThat(fresh.store(STORE).read(other).join().isFound()).isFalse();
    }

    /** The failure: the store is memory, and copies on a disk in front of it were taken for as good. */
    @Test
    void another_chunk_is_not_returned_from_a_disk_cache_in_front_of_memory(@TempDir Path directory) {
        MemoryBlobStore memory = MemoryBlobStore.builder().build();
        var key = new BlockKeys("").key(prompts.blocks(1), 0, 0);
        var context = io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
        try (PromptChunk another = chain.chunk(0, ledger.payload(prompts.payloadBytes(1, 100)))) {
            memory.put(STORE, key, ChunkCodec.describe(another), another.payload(), context)
                    .join();
        }
        try (CoreKVStores cached =
                CoreKVStores.builder(memory).diskCache(directory, 64 << 20).build()) {
            assertThat(reasonOf(cached.store(STORE).read(key.name()))).isEqualTo(Reason.DATA_LOSS);
        }
    }

    /** The failure: what names blocks was kept for a thread, and the next partition's chunks were no chunks of theirs. */
    @Test
    void chunks_of_two_partitions_are_read_by_turns() {
        TokenBlocks tokens = prompts.blocks(1);
        List<String> locations = new ArrayList<>();
        for (String partition : List.of("one", "two")) {
            try (PromptChunk chunk =
                    new PromptChunk(7, 0, partition, tokens, "", ledger.payload(prompts.payloadBytes(1, 100)))) {
                locations.add(store.write(chunk).join().location());
            }
        }
        for (int i = 0; i < 4; i++) {
            try (ReadResult read = store.read(locations.get(i % 2)).join()) {
                assertThat(read.chunk().orElseThrow().partitionKey()).isEqualTo(i % 2 == 0 ? "one" : "two");
            }
        }
    }

    @Test
    void a_stream_ends_when_its_time_is_up_and_leaves_no_alarm_behind_when_it_ends_before() {
        var answers = new java.util.concurrent.CompletableFuture<Throwable>();
        CallOptions hasty = CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(5));
        stores.readAll(questions -> {}, hasty).subscribe(new Ending(answers));
        clock.advance(Duration.ofSeconds(6));
        assertThat(KVStoreException.of(answers.join()).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);

        store.readAll(java.util.List.of(), hasty).subscribe(new Ending(new java.util.concurrent.CompletableFuture<>()));
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void a_time_beyond_all_clocks_is_no_mistake() {
        CallOptions endless = CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(Long.MAX_VALUE));
        backend.next(Kind.PUT).isHeld();
        try (PromptChunk chunk = chain.chunk(0, Payload.empty())) {
            CompletableFuture<WriteResult> write = store.write(chunk, endless);
            backend.releaseHeld();
            assertThat(write.join().alreadyStored()).isFalse();
        }
    }

    private record Ending(CompletableFuture<Throwable> failure)
            implements java.util.concurrent.Flow.Subscriber<ReadResult> {
        @Override
        public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {}

        @Override
        public void onNext(ReadResult result) {}

        @Override
        public void onError(Throwable cause) {
            failure.complete(cause);
        }

        @Override
        public void onComplete() {}
    }
}
