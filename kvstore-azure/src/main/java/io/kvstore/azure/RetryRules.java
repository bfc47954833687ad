package io.kvstore.azure;

import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.RequestRetryCondition;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.http.policy.RetryStrategy;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the SDK tries again, and when: twice at most, after 50 ms and 100 ms, or when the storage says, within a second.
 * A storage that asks for more is obeyed by giving up: the caller is told when to come back. The call's own deadline
 * ends all of it.
 */
final class RetryRules implements RetryStrategy {

    /** The SDK obeys whatever its headers ask for, for however long, unless it is told of one to look at instead. */
    private static final String NO_HEADER = "x-kvstore-nothing";

    private static final int MAX_RETRIES = 2;
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration MAX_DELAY = Duration.ofSeconds(1);

    static RetryPolicy policy() {
        return new RetryPolicy(new RetryRules(), NO_HEADER, ChronoUnit.MILLIS);
    }

    @Override
    public int getMaxRetries() {
        return MAX_RETRIES;
    }

    @Override
    public Duration calculateRetryDelay(int retries) {
        long millis = Math.min(MAX_DELAY.toMillis(), FIRST_DELAY.toMillis() << retries);
        // Spread, or all that failed together come back together.
        return Duration.ofMillis(millis * ThreadLocalRandom.current().nextLong(80, 121) / 100);
    }

    /** Not before what the storage asks for, which is not beyond {@link #MAX_DELAY}, or there is no retry. */
    @Override
    public Duration calculateRetryDelay(RequestRetryCondition condition) {
        Duration ours = calculateRetryDelay(condition.getTryCount());
        HttpResponse response = condition.getResponse();
        return response == null
                ? ours
                : AzureFailures.askedDelay(response)
                        .filter(asked -> asked.compareTo(ours) > 0)
                        .map(asked -> asked.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : asked)
                        .orElse(ours);
    }

    @Override
    public boolean shouldRetryCondition(RequestRetryCondition condition) {
        HttpResponse response = condition.getResponse();
        if (response == null) {
            return isTransient(condition.getThrowable());
        }
        return switch (response.getStatusCode()) {
            case 408, 429, 500, 502, 503, 504 ->
                AzureFailures.askedDelay(response)
                        .map(asked -> asked.compareTo(MAX_DELAY) <= 0)
                        .orElse(true);
            default -> false;
        };
    }

    private static boolean isTransient(Throwable failure) {
        // Whatever the network did. A defect of ours does not get better.
        return !(failure instanceof IllegalArgumentException || failure instanceof IllegalStateException)
                && AzureFailures.of(failure).reason() == io.kvstore.api.Reason.UNAVAILABLE;
    }
}
