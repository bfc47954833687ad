package io.kvstore.accounts;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers from memory, as {@link RefreshingCache} keeps it, what another resolver said. That one's {@link Reason#NOT_FOUND} is a
 * resource that is not known; it is closed with this one.
 */
public final class CachingAccountResolver implements AccountResolver {

    /** Each reading may be paid for: in Azure 5,000 names cost as much as 12 questions. */
    static final Duration NAMES_PERIOD = Duration.ofMinutes(1);

    private final AccountResolver source;
    private final RefreshingCache<ResourceAccounts> cache;
    private final NamesAhead<Set<String>> names;
    private final Runnable onClose;

    private CachingAccountResolver(
            AccountResolver source,
            Supplier<CompletableFuture<Set<String>>> names,
            Freshness freshness,
            LongSupplier nanoClock,
            ScheduledExecutorService timer,
            Runnable onClose) {
        this.source = source;
        this.cache =
                new RefreshingCache<>("account configuration", name -> load(source, name), freshness, nanoClock, timer);
        this.names = NamesAhead.start(names, cache::expect, NAMES_PERIOD, timer);
        this.onClose = onClose;
    }

    /**
     * In front of {@code source}, with a thread of its own.
     *
     * @param names the resources that {@code source} knows, asked for once a minute: no flood of invented names locks them out
     */
    public static CachingAccountResolver over(
            AccountResolver source, Supplier<CompletableFuture<Set<String>>> names, Freshness freshness) {
        ScheduledExecutorService timer = RefreshingCache.newTimer("kvstore-accounts-timer");
        return new CachingAccountResolver(source, names, freshness, System::nanoTime, timer, timer::shutdownNow);
    }

    /** With another's time, for tests; the timer stays its owner's to shut down. */
    public static CachingAccountResolver over(
            AccountResolver source,
            Supplier<CompletableFuture<Set<String>>> names,
            Freshness freshness,
            LongSupplier nanoClock,
            ScheduledExecutorService timer) {
        return new CachingAccountResolver(source, names, freshness, nanoClock, timer, () -> {});
    }

    private static CompletableFuture<Optional<ResourceAccounts>> load(AccountResolver source, String resource) {
        CompletableFuture<ResourceAccounts> asked = source.resolve(resource);
        CompletableFuture<Optional<ResourceAccounts>> found = new CompletableFuture<>();
        asked.whenComplete((accounts, trouble) -> {
            if (trouble == null) {
                found.complete(Optional.of(accounts));
                return;
            }
            KVStoreException failure = KVStoreException.of(trouble);
            if (failure.reason() == Reason.NOT_FOUND) {
                found.complete(Optional.empty());
            } else {
                found.completeExceptionally(failure);
            }
        });
        // A load that took too long has been completed by the cache: let go of the question.
        found.whenComplete((accounts, failure) -> asked.cancel(true));
        return found;
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        return cache.get(resource).thenApply(found -> found.orElseThrow(() -> notFound(resource)));
    }

    private static KVStoreException notFound(String resource) {
        return new KVStoreException(Reason.NOT_FOUND, "resource_name: '" + resource + "' is not known here");
    }

    @Override
    public void close() {
        names.close();
        cache.close();
        onClose.run();
        source.close();
    }

    @Override
    public String toString() {
        return "CachingAccountResolver[" + source + "]";
    }
}
