package io.kvstore.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.policy.AddDatePolicy;
import com.azure.core.http.policy.HttpLogDetailLevel;
import com.azure.core.http.policy.HttpLogOptions;
import com.azure.core.http.policy.HttpLoggingPolicy;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestIdPolicy;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.BlobServiceAsyncClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** One storage account as this process talks to it: its connections, its signature, its circuit breaker. */
final class Account {

    /** A name service that does not know an account that has answered is wrong for so long; then it was deleted. */
    private static final long KNOWN_NANOS = Duration.ofMinutes(10).toNanos();

    private final String name;
    private final HttpClient http;
    private final BlobServiceAsyncClient service;
    private final AccountBreaker breaker;
    private final Semaphore waits;
    private final LongSupplier nanoClock;
    private volatile boolean answered;

    /** When its name was first unknown since it last answered; null while it is not. */
    private final AtomicReference<@Nullable Long> unknownSinceNanos = new AtomicReference<>();

    /** The client's own, and one for every work under way. At 0 the connections are closed. */
    private final AtomicInteger claims = new AtomicInteger(1);

    Account(
            io.kvstore.api.StorageAccount account,
            HttpClient http,
            @Nullable HttpPipelinePolicy signing,
            boolean sdkLogging,
            int maxConnections,
            LongSupplier nanoClock) {
        this.name = account.name();
        this.nanoClock = nanoClock;
        this.http = http;
        this.service = new BlobServiceClientBuilder()
                .endpoint(account.endpoint().toString())
                .pipeline(pipeline(http, signing, sdkLogging))
                .buildAsyncClient();
        this.waits = new Semaphore(Math.max(1, maxConnections / 2));
        this.breaker = new AccountBreaker(name, nanoClock);
    }

    /** What every try of a request passes, from the SDK down; the client builder's own has more that we have no use for. */
    private static HttpPipeline pipeline(HttpClient http, @Nullable HttpPipelinePolicy signing, boolean sdkLogging) {
        List<HttpPipelinePolicy> policies = new ArrayList<>();
        policies.add(new RequestIdPolicy());
        policies.add(RetryRules.policy());
        // Each try is dated and signed anew.
        policies.add(new AddDatePolicy());
        if (signing != null) {
            policies.add(signing);
        }
        if (sdkLogging) {
            // Secrets are not among the headers and parameters that it shows by default.
            policies.add(new HttpLoggingPolicy(new HttpLogOptions().setLogLevel(HttpLogDetailLevel.HEADERS)));
        }
        return new HttpPipelineBuilder()
                .httpClient(http)
                .policies(policies.toArray(HttpPipelinePolicy[]::new))
                .build();
    }

    BlobContainerAsyncClient container(String container) {
        return service.getBlobContainerAsyncClient(container);
    }

    /**
     * The work, unless the account is known to be down. Once it has answered it is there, and a name service that begins to
     * say otherwise fails for a while no more than the call that asked.
     */
    <T> Mono<T> guard(Mono<T> work) {
        return breaker.guard(work)
                .doOnSuccess(answer -> hasAnswered())
                .doOnError(AzureFailures::isAnswer, refusal -> hasAnswered())
                .onErrorMap(failure -> AzureFailures.isNoSuchHost(failure) && isKnown(), AzureFailures::hostIsGone);
    }

    private void hasAnswered() {
        answered = true;
        if (unknownSinceNanos.get() != null) { // seldom: nothing is written for every answer
            unknownSinceNanos.set(null);
        }
    }

    /** Asked when its name is unknown. */
    private boolean isKnown() {
        long now = nanoClock.getAsLong();
        @Nullable Long since = unknownSinceNanos.updateAndGet(first -> first == null ? (Long) now : first);
        return answered && since != null && now - since < KNOWN_NANOS;
    }

    /**
     * A permit for each body that may wait for memory over a connection: half of those there are, or what needs no
     * memory would wait for it, too.
     */
    Semaphore waits() {
        return waits;
    }

    /** Whether its calls fail at once. */
    boolean isDown() {
        return breaker.isOpen();
    }

    /** Whether a body may lie where it is until the transport tells that it was sent. */
    boolean writesInPlace() {
        return http instanceof NettyTransport;
    }

    /** Keeps the connections until it is {@link #release() released}; false when they are closed. */
    boolean claim() {
        return claims.getAndUpdate(count -> count == 0 ? 0 : count + 1) != 0;
    }

    void release() {
        if (claims.decrementAndGet() == 0 && http instanceof NettyTransport netty) {
            netty.close();
        }
    }

    @Override
    public String toString() {
        return name + " (" + breaker + ")";
    }
}
