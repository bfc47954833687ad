package io.kvstore.database;

import io.kvstore.accounts.Freshness;
import io.kvstore.accounts.NamesAhead;
import io.kvstore.accounts.RefreshingCache;
import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/**
 * What a server asks a {@link ResourceDatabase}: {@link #accounts} and {@link #access}, both from one memory. A change in the
 * database is seen within {@link #FRESHNESS}' 30 seconds, a resource that is new within 5; while the database is down the last
 * answers serve for up to 12 hours.
 *
 * <p>Threading: safe for many threads; callers never wait for the database on their own thread.
 */
public final class DatabaseResources implements AutoCloseable {

    public static final Freshness FRESHNESS =
            new Freshness(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofHours(12), Duration.ofSeconds(5));

    /** Until the names of a new resource and its callers are among those that no flood of invented ones locks out. */
    private static final Duration NAMES_PERIOD = Duration.ofSeconds(30);

    private final ResourceDatabase database;
    private final DatabaseThreads threads;
    private final RefreshingCache<ResourceEntry> resources;
    private final RefreshingCache<Caller> callers;
    private final RefreshingCache<Boolean> anyRestriction;
    private final NamesAhead<Optional<ResourceDatabase.KnownNames>> names;
    private final Runnable onClose;
    private final AccessPolicy access;

    private DatabaseResources(
            ResourceDatabase database, LongSupplier nanoClock, ScheduledExecutorService timer, Runnable onClose) {
        this.database = database;
        this.threads = new DatabaseThreads(database);
        this.onClose = onClose;
        this.resources = new RefreshingCache<>(
                "entry of a resource",
                name -> threads.ask(table -> table.find(name).filter(ResourceEntry::enabled)),
                FRESHNESS,
                nanoClock,
                timer);
        this.callers = new RefreshingCache<>(
                "entry of a caller", name -> threads.ask(table -> table.caller(name)), FRESHNESS, nanoClock, timer);
        this.anyRestriction = new RefreshingCache<>(
                "answer whether anybody is restricted",
                any -> threads.ask(table -> table.restrictsAnybody() ? Optional.of(true) : Optional.empty()),
                FRESHNESS,
                nanoClock,
                timer);
        this.access = new DatabaseAccess(resources, callers, anyRestriction);
        this.names = NamesAhead.start(() -> threads.ask(ResourceDatabase::names), this::expect, NAMES_PERIOD, timer);
        names.awaitFirst(); // before anybody is served
    }

    private void expect(Optional<ResourceDatabase.KnownNames> names) {
        names.ifPresent(known -> {
            resources.expect(known.resources());
            callers.expect(known.callers());
        });
    }

    /** Over a database, which is closed with this. */
    public static DatabaseResources over(ResourceDatabase database) {
        ScheduledExecutorService timer = RefreshingCache.newTimer("kvstore-database-timer");
        return new DatabaseResources(database, System::nanoTime, timer, timer::shutdownNow);
    }

    /** With another's time, for tests. */
    static DatabaseResources over(ResourceDatabase database, LongSupplier nanoClock, ScheduledExecutorService timer) {
        return new DatabaseResources(database, nanoClock, timer, () -> {});
    }

    /** Who may use what, and how much at a time. */
    public AccessPolicy access() {
        return access;
    }

    /**
     * Where chunks are kept.
     *
     * @param region where this process runs; "" for wherever a resource is at home
     * @param crossRegionWrites whether accounts that stand in for a region without any are written too
     */
    public AccountResolver accounts(String region, boolean crossRegionWrites) {
        return new AccountResolver() {
            private volatile boolean closed;

            @Override
            public CompletableFuture<ResourceAccounts> resolve(String resource) {
                return closed
                        ? CompletableFuture.failedFuture(
                                new KVStoreException(Reason.UNAVAILABLE, "the account resolver is closed"))
                        : resources.get(resource).thenApply(found -> serving(resource, found));
            }

            private ResourceAccounts serving(String resource, Optional<ResourceEntry> found) {
                return found.orElseThrow(() -> notFound(resource))
                        .accounts()
                        .servingIn(region, crossRegionWrites)
                        .orElseThrow(() -> new KVStoreException(
                                Reason.UNAVAILABLE,
                                "resource '" + resource
                                        + "' has no storage account, neither here nor in its own region"));
            }

            /** The database stays open: access is decided by it too. */
            @Override
            public void close() {
                closed = true;
            }

            @Override
            public String toString() {
                return "accounts of the database of resources";
            }
        };
    }

    static KVStoreException notFound(String resource) {
        return new KVStoreException(Reason.NOT_FOUND, "resource_name: '" + resource + "' is not known here");
    }

    @Override
    public void close() {
        names.close();
        resources.close();
        callers.close();
        anyRestriction.close();
        threads.close();
        onClose.run();
        database.close();
    }
}
