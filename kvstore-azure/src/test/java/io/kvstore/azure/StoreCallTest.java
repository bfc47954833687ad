package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PayloadLedger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class StoreCallTest {

    private final ManualClock clock = new ManualClock();
    private final PayloadLedger ledger = new PayloadLedger();

    /** The memory of a payload that nobody got is gone for good. */
    @Test
    void a_blob_that_arrives_while_the_call_is_given_up_is_closed() throws Exception {
        Sinks.One<String> storage = Sinks.one();
        List<CompletableFuture<?>> callers = new ArrayList<>();
        CompletableFuture<Optional<Blob>> call = StoreCall.start(
                storage.asMono(),
                CallContext.endingIn(Duration.ofSeconds(30), clock, ""),
                clock.scheduler(),
                arrived -> {
                    callers.forEach(waiting -> waiting.cancel(true));
                    return Optional.of(new Blob(
                            new BlobInfo(1, 10, 0, new byte[0]), ledger.payload(new byte[10]), Tier.REMOTE, ""));
                });
        callers.add(call);

        storage.tryEmitValue("bytes").orThrow();

        assertThat(call).isCancelled();
        assertThat(ledger.openCount()).isZero();
    }

    /** It would be thrown at the caller, who had left a claim on the payload to the call. */
    @Test
    void a_call_that_meets_the_close_of_its_store_fails_and_does_not_throw() {
        clock.scheduler().shutdownNow();
        CompletableFuture<Optional<String>> call = StoreCall.start(
                Mono.<String>never(),
                CallContext.endingIn(Duration.ofSeconds(30), clock, ""),
                clock.scheduler(),
                Optional::of);

        assertThat(call)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("the store is closed");
    }
}
