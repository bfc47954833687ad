package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import io.kvstore.testkit.azure.RequestKind;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the event loops to Azure leave to others: the failure is a request of anybody's that waits for the sums of another. */
class EventLoopsTest {

    private final StoreOverFake azure = new StoreOverFake();

    EventLoopsTest() throws Exception {}

    @AfterEach
    void close() {
        azure.close();
    }

    /** The thread that goes on with the answer: the one that has made it. */
    private String threadOf(RequestKind kind, Supplier<CompletableFuture<?>> asked) throws Exception {
        azure.service.every(kind).isHeld();
        CompletableFuture<?> call = asked.get();
        CompletableFuture<String> thread =
                call.thenApply(done -> Thread.currentThread().getName());
        azure.service.awaitHeld(1);
        azure.service.heal();
        azure.service.releaseHeld();
        return answer(thread);
    }

    /** By the SDK, which is what this holds it to. */
    @Test
    void a_page_of_a_listing_is_decoded_elsewhere() throws Exception {
        for (int i = 0; i < 100; i++) {
            azure.put(ACME, i, 1);
        }
        CompletableFuture<BlobPage> page = new CompletableFuture<>();

        String thread = threadOf(
                RequestKind.LIST_BLOBS,
                () -> azure.store
                        .list(ACME, KeyRange.ALL, Optional.empty(), soon())
                        .thenAccept(page::complete));

        assertThat(thread).startsWith("boundedElastic");
        assertThat(answer(page).keys()).hasSize(100);
    }

    @Test
    void what_is_read_again_before_it_is_deleted_is_summed_elsewhere() throws Exception {
        azure.put(ACME, 1, 100_000);
        String version;
        try (Blob blob = azure.get(ACME, 1).orElseThrow()) {
            version = blob.version();
        }

        String thread =
                threadOf(RequestKind.GET_BLOB, () -> azure.store.deleteIfDamaged(ACME, azure.key(1), version, soon()));

        assertThat(thread).startsWith("boundedElastic");
        azure.assertStored(ACME, 1, 100_000);
    }
}
