package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.CallContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FilteringBlobStoreTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final MemoryBlobStore backend = MemoryBlobStore.builder().build();
    private final Keys keys = new Keys(5);

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    private static void put(io.kvstore.spi.BlobStore to, BlobKey key) {
        to.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon())
                .join();
    }

    /** Lists what is stored when it is asked, and answers when it is told to. */
    private static final class LateLister extends ForwardingBlobStore {
        final List<Runnable> answers = new ArrayList<>();

        LateLister(MemoryBlobStore inner) {
            super(inner);
        }

        @Override
        public CompletableFuture<BlobPage> list(StoreId store, Optional<String> from, CallContext context) {
            BlobPage now = super.list(store, from, context).join();
            CompletableFuture<BlobPage> answer = new CompletableFuture<>();
            answers.add(() -> answer.complete(now));
            return answer;
        }

        @Override
        public List<StoreId> knownStores() {
            return List.of();
        }
    }

    @Test
    void a_put_during_the_filling_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = new FilteringBlobStore(lister, System::nanoTime, Runnable::run);
        BlobKey before = keys.next();
        put(backend, before);
        filtering.peek(STORE, keys.next()); // starts the filling
        BlobKey during = keys.next();
        put(filtering, during);
        lister.answers.forEach(Runnable::run);

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, before).isPresent()).isTrue();
        assertThat(filtering.peek(STORE, during).isPresent()).isTrue();
    }

    @Test
    void a_put_that_is_under_way_when_the_filling_begins_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        CompletableFuture<Void> stored = new CompletableFuture<>();
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(lister) {
                    @Override
                    public CompletableFuture<io.kvstore.spi.PutResult> put(
                            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
                        return stored.thenCompose(now -> super.put(store, key, info, Payload.empty(), context));
                    }
                },
                System::nanoTime,
                Runnable::run);
        BlobKey key = keys.next();
        var put = filtering.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon());
        filtering.peek(STORE, keys.next());
        stored.complete(null);
        put.join();
        lister.answers.forEach(Runnable::run);

        assertThat(filtering.peek(STORE, key).isPresent()).isTrue();
    }

    @Test
    void it_grows_with_what_is_put_and_stays_sharp() {
        FilteringBlobStore filtering = new FilteringBlobStore(backend, System::nanoTime, Runnable::run);
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            BlobKey key = keys.next();
            put(filtering, key);
            stored.add(key);
        }

        assertThat(stored).allMatch(key -> filtering.peek(STORE, key).isPresent());
        // Asked beneath the exact index of the backend, only the filter can say absent.
        FilteringBlobStore overUnknown =
                new FilteringBlobStore(new AskedBlobStore(backend), System::nanoTime, Runnable::run);
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            wrong += overUnknown.peek(STORE, keys.next()).isAbsent() ? 0 : 1;
        }
        assertThat(wrong).isLessThan(60);
    }

    @Test
    void stores_that_a_local_backend_holds_are_filtered_from_the_first_question_on() {
        for (int i = 0; i < 12_000; i++) {
            put(backend, keys.next()); // more than a page
        }
        int[] lists = {0};
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(backend) {
                    @Override
                    public CompletableFuture<BlobPage> list(StoreId store, Optional<String> from, CallContext context) {
                        lists[0]++;
                        return super.list(store, from, context);
                    }
                },
                System::nanoTime,
                Runnable::run);
        int atStart = lists[0];

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(atStart).isPositive();
        assertThat(lists[0]).isEqualTo(atStart);
    }
}
