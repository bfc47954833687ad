package io.kvstore.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that ask a small server for far more than it has memory. */
class HeavyReadersIT {

    private static final StoreId STORE = new StoreId("heavy", "chunks");
    private static final List<String> SMALL_SERVER = List.of("-XX:MaxDirectMemorySize=512m");
    private static final long MAX_RESIDENT_BYTES = 1_200_000_000;
    private static final long PATIENCE_SECONDS = 120;

    /** A megabyte of copies for each of 400 answers that nobody reads would be more than all its memory. */
    @Test
    void four_hundred_unread_answers_wait_on_disk_and_come_when_they_are_read(@TempDir Path dir) throws Exception {
        try (ChildServer server = ChildServer.serving(SMALL_SERVER, "--data-dir", dir.toString());
                KVStores stores = server.client()) {
            List<String> locations = write(stores.store(STORE), 20, 1_200_000);
            List<String> asked = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                asked.add(locations.get(i % locations.size()));
            }
            Reader reader = new Reader();
            stores.store(STORE).readAll(asked, CallOptions.DEFAULT).subscribe(reader);
            // While nobody reads, others are served: the server has had its time to pile up what it would.
            for (String location : locations) {
                try (ReadResult other = stores.store(STORE).read(location).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    assertThat(other.isFound()).isTrue();
                }
            }
            assertThat(server.peakResidentBytes()).isLessThan(MAX_RESIDENT_BYTES);

            reader.readAll();

            assertThat(reader.found).hasValue(400);
            assertThat(server.peakResidentBytes()).isLessThan(MAX_RESIDENT_BYTES);
        }
    }

    /** 2.5 GB at once of a server that may have 0.8: each finishes, or is told to come again. */
    @Test
    void sixty_four_reads_of_40_MB_at_once_finish_or_are_refused(@TempDir Path dir) throws Exception {
        try (ChildServer server = ChildServer.serving(SMALL_SERVER, "--data-dir", dir.toString());
                KVStores stores = server.client()) {
            KVStore store = stores.store(STORE);
            List<String> locations = write(store, 4, 40_000_000);
            List<CompletableFuture<String>> reads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                reads.add(store.read(locations.get(i % locations.size())).handle(HeavyReadersIT::outcome));
            }
            List<String> outcomes = new ArrayList<>();
            for (CompletableFuture<String> read : reads) {
                outcomes.add(read.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            assertThat(outcomes).contains("found").containsOnly("found", Reason.RESOURCE_EXHAUSTED.name());
            assertThat(server.peakResidentBytes()).isLessThan(MAX_RESIDENT_BYTES);
            try (ReadResult later = store.read(locations.get(0)).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                assertThat(isWhole(later)).isTrue();
            }
        }
    }

    /** Started as {@code java -jar} is, where chunks and network have one limit: all of it was the chunks' once. */
    @Test
    void a_memory_backend_that_is_full_leaves_the_network_its_memory() throws Exception {
        try (ChildServer server = ChildServer.serving("--backend", "memory");
                KVStores stores = server.client()) {
            server.awaitStderr("Less memory for chunks than by default");
            KVStore store = stores.store(STORE);
            List<Reason> refusals = new ArrayList<>();
            String location = "";
            for (int i = 0; refusals.size() < 3 && i < 300; i++) {
                try {
                    location = write(store, 1_000 + i, 1, 4_000_000).get(0);
                } catch (ExecutionException e) {
                    refusals.add(KVStoreException.of(e).reason());
                    assertThat(e).hasMessageContaining("the memory store is full");
                }
            }
            assertThat(refusals).hasSize(3).containsOnly(Reason.RESOURCE_EXHAUSTED);
            try (ReadResult later = store.read(location).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                assertThat(isWhole(later)).isTrue();
            }
        }
    }

    private static String outcome(@Nullable ReadResult result, @Nullable Throwable failure) {
        if (result == null) {
            return KVStoreException.of(requireNonNull(failure)).reason().name();
        }
        try (result) {
            return isWhole(result) ? "found" : "damaged";
        }
    }

    private static List<String> write(KVStore store, int chunks, int payloadBytes) throws Exception {
        return write(store, 0, chunks, payloadBytes);
    }

    private static List<String> write(KVStore store, int first, int chunks, int payloadBytes) throws Exception {
        List<String> locations = new ArrayList<>();
        for (int i = first; i < first + chunks; i++) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(payloadBytes);
            for (int at = 0; at < payloadBytes; at += 4096) {
                bytes.put(at, (byte) (at >> 12));
            }
            long[] tokens = new long[128];
            tokens[0] = i;
            try (PromptChunk chunk = new PromptChunk(i + 1, 0, TokenBlocks.of(tokens), Payload.of(bytes, () -> {}))) {
                locations.add(store.write(chunk)
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .location());
            }
        }
        return locations;
    }

    private static boolean isWhole(ReadResult result) {
        ByteBuffer bytes = result.chunk().orElseThrow().payload().buffer();
        for (int at = 0; at < bytes.limit(); at += 4096) {
            if (bytes.get(at) != (byte) (at >> 12)) {
                return false;
            }
        }
        return true;
    }

    /** Takes nothing until it is told to. */
    private static final class Reader implements Flow.Subscriber<ReadResult> {

        final AtomicInteger found = new AtomicInteger();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        void readAll() throws Exception {
            subscription.get(PATIENCE_SECONDS, TimeUnit.SECONDS).request(Long.MAX_VALUE);
            ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(ReadResult result) {
            try (result) {
                if (isWhole(result)) {
                    found.incrementAndGet();
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            ended.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            ended.complete(null);
        }
    }
}
