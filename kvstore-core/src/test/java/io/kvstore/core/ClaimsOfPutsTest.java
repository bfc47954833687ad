package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.PayloadLedger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A put that runs out of memory half way gives its claim back: a budget would count it for ever. */
class ClaimsOfPutsTest {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final CallContext CONTEXT = CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");

    private final PayloadLedger payloads = new PayloadLedger();
    private final BlobKey key = new Keys(1).next();

    @Test
    void of_a_cache() {
        assertNothingLeft(inner -> new CachingBlobStore(
                inner, new MemoryBlobCache(1 << 20, false, Runnable::run), Workers.IN_PLACE, Workers.IN_PLACE));
    }

    @Test
    void of_what_sums() {
        assertNothingLeft(inner -> new VerifyingBlobStore(inner, Workers.IN_PLACE, Workers.IN_PLACE));
        assertNothingLeft(inner -> new VerifyingBlobStore(
                inner,
                new FairWorkers(task -> {
                    throw new OutOfMemoryError("no thread");
                }),
                Workers.IN_PLACE));
    }

    @Test
    void of_what_waits_for_its_turn() {
        assertNothingLeft(
                inner -> new AdmittingBlobStore(inner, new Admission(Admission.Limits.DEFAULT, Workers.IN_PLACE)));
    }

    private void assertNothingLeft(UnaryOperator<BlobStore> decorator) {
        BlobStore store = decorator.apply(new OutOfMemory());
        try (Payload payload = payloads.payload(new byte[100_000])) {
            BlobInfo info = new BlobInfo(1, 100_000, 0, new byte[0]);
            Throwable failure = catchThrowable(
                    () -> store.put(STORE, key, info, payload, CONTEXT).join());
            assertThat(failure).hasStackTraceContaining(OutOfMemoryError.class.getName());
        }
        assertThat(payloads.openCount()).isZero();
    }

    private static final class OutOfMemory extends ForwardingBlobStore {

        OutOfMemory() {
            super(MemoryBlobStore.builder().build());
        }

        @Override
        public boolean sumsPuts() {
            return false;
        }

        @Override
        public CompletableFuture<PutResult> put(
                StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
            throw new OutOfMemoryError("for the test");
        }
    }
}
