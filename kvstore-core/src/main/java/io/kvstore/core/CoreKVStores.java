package io.kvstore.core;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine over a backend, in this process.
 *
 * <pre>{@code
 * try (KVStores stores = CoreKVStores.builder(FileBlobStore.builder(dir).open()).build()) {
 *     KVStore store = stores.store(new StoreId("acme", "llama-70b"));
 *     ...
 * }
 * }</pre>
 *
 * <p>Owns the backend: {@link #close} closes it. A lookup computes its keys on the thread that asks, about a
 * microsecond a block; anything that may wait runs elsewhere.
 */
public final class CoreKVStores implements KVStores {

    private static final Logger LOG = LoggerFactory.getLogger(CoreKVStores.class);
    private static final int MAX_CALLS = 65_536;
    private static final int MAX_STREAMS = 16_384;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final BlobStore blobs;
    private final Engine engine;
    private final CallGate gate = new CallGate(MAX_CALLS);
    private final CallGate streams = new CallGate(MAX_STREAMS);

    /** What streams fetch. */
    private final CallGate items = new CallGate(MAX_CALLS);

    private final LongSupplier nanoClock;
    private final ExecutorService threads;
    private final ScheduledExecutorService timer;
    private final boolean ownsTimer;
    private final OrderedRead.Limits readLimits;
    private final AtomicLong questionsOfAll = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();

    private CoreKVStores(Builder settings, @Nullable BlobCache diskCache) {
        // One more than a resource may have: what one has wait for a disk keeps nobody else waiting.
        threads = Executors.newFixedThreadPool(settings.workers + 1, named("kvstore-worker"));
        Workers workers = new FairWorkers(threads, settings.workers);
        ownsTimer = settings.timer == null;
        timer = settings.timer == null ? newTimer() : settings.timer;
        readLimits = new OrderedRead.Limits(settings.streamWindowBytes);
        blobs = stack(settings, diskCache, timer, workers);
        nanoClock = settings.nanoClock;
        Calls calls =
                new Calls(gate, items, settings.accessPolicy(), settings.defaultTimeout, nanoClock, timer, workers);
        engine = new Engine(blobs, calls, settings.observer, nanoClock, timer);
    }

    /** The layers between the engine and the backend, innermost first. The order is decided here and nowhere else. */
    private static BlobStore stack(
            Builder settings, @Nullable BlobCache diskCache, ScheduledExecutorService timer, Workers workers) {
        // Everything above relies on failed futures.
        BlobStore store = new NeverThrowingBlobStore(settings.backend);
        // What the backend alone costs.
        store = new ObservingBlobStore(store, "backend", settings.observer, settings.nanoClock);
        // Who sums what was read: those to whom it was handed over, if it was.
        Workers summers = workers;
        if (settings.backend.answersOnIoThreads()) {
            // Below all that does something with an answer, others' calls that it lets in among them.
            store = new HandingOverBlobStore(store, workers);
            summers = Workers.IN_PLACE;
        }
        // Bounded, fair, reads first: right in front of what is scarce.
        store = new AdmittingBlobStore(store, new Admission(Admission.Limits.DEFAULT, workers));
        // Before any cache or caller sees the bytes.
        store = new VerifyingBlobStore(store, workers, summers);
        // What is ruled out goes no further.
        TenantShares filterMemory = new TenantShares(settings.filterBytes);
        store = new FilteringBlobStore(store, settings.filterMaxAge, filterMemory, settings.nanoClock, timer, workers);
        if (!settings.positiveCacheMaxAge.isZero()) {
            // What the filter admits and was seen lately needs no question.
            long entries = RememberingBlobStore.entriesIn(Runtime.getRuntime().maxMemory());
            store = new RememberingBlobStore(
                    store, settings.positiveCacheMaxAge, entries, settings.nanoClock, workers.upkeep());
        }
        if (diskCache != null) {
            store = new CachingBlobStore(store, diskCache, workers, workers);
        }
        // Above the disk cache, whose loads are worth sharing; below memory, whose are not.
        store = new CoalescingBlobStore(store);
        if (settings.memoryCacheBytes > 0) {
            BlobCache memory =
                    new MemoryBlobCache(settings.memoryCacheBytes, settings.memoryReserved, workers.upkeep());
            store = new CachingBlobStore(store, memory, Workers.IN_PLACE, workers);
        }
        // What callers experience.
        return new ObservingBlobStore(store, "store", settings.observer, settings.nanoClock);
    }

    /** Starts with a backend, which the engine owns from {@link Builder#build} on. */
    public static Builder builder(BlobStore backend) {
        return new Builder(backend);
    }

    @Override
    public KVStore store(StoreId id) {
        return new CoreKVStore(id, engine, this);
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(Flow.Publisher<ReadQuestion> questions, CallOptions options) {
        AtomicBoolean taken = new AtomicBoolean();
        return subscriber -> {
            Optional<KVStoreException> refusal =
                    taken.compareAndSet(false, true) ? streams.enter() : Optional.of(secondSubscriber());
            if (refusal.isPresent()) {
                refuse(subscriber, refusal.get());
                return;
            }
            AtomicReference<Future<?>> alarm = new AtomicReference<>();
            OrderedRead read = new OrderedRead(subscriber, engine.reader(options), readLimits, questionsOfAll, () -> {
                streams.leave();
                cancel(alarm.get());
            });
            subscriber.onSubscribe(read);
            options.timeout().ifPresent(timeout -> alarm.set(setAlarm(read, timeout)));
            if (read.hasEnded()) {
                cancel(alarm.get());
            }
            questions.subscribe(read);
        };
    }

    private Future<?> setAlarm(OrderedRead read, Duration timeout) {
        Runnable ring = () ->
                read.fail(new KVStoreException(Reason.DEADLINE_EXCEEDED, "the stream did not end within " + timeout));
        return timer.schedule(
                ring, CallContext.endingIn(timeout, nanoClock, "").remaining().toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void cancel(@Nullable Future<?> alarm) {
        if (alarm != null) {
            alarm.cancel(false);
        }
    }

    private static KVStoreException secondSubscriber() {
        return new KVStoreException(Reason.INTERNAL, "an ordered read serves one subscriber");
    }

    private static void refuse(Flow.Subscriber<? super ReadResult> subscriber, KVStoreException why) {
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        subscriber.onError(why);
    }

    /** As the interface says; waits up to 10 s for calls under way. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        long deadline = CallGate.deadlineIn(CLOSE_PATIENCE);
        gate.close();
        streams.close();
        boolean ended = streams.awaitEmpty(deadline);
        items.close(); // not before: streams under way go on
        ended &= gate.awaitEmpty(deadline) && items.awaitEmpty(deadline);
        if (!ended) {
            LOG.warn("Closing with calls still under way: patienceSeconds={}", CLOSE_PATIENCE.toSeconds());
        }
        blobs.close();
        threads.shutdown();
        if (ownsTimer) {
            timer.shutdownNow();
        }
    }

    /** The stack, innermost last. */
    @Override
    public String toString() {
        return "CoreKVStores[" + blobs + "]";
    }

    private static ScheduledExecutorService newTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("kvstore-timer"));
        timer.setRemoveOnCancelPolicy(true); // almost every alarm is cancelled: don't keep its call until it would ring
        return timer;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Settings of the engine. */
    public static final class Builder {
        private final BlobStore backend;
        private long memoryCacheBytes;
        private boolean memoryReserved;
        private @Nullable Path diskCacheDirectory;
        private long diskCacheBytes;
        private Duration defaultTimeout = Duration.ofSeconds(30);
        private int workers = Math.max(2, Runtime.getRuntime().availableProcessors());
        private long streamWindowBytes = 16L << 20;
        private Duration filterMaxAge = Duration.ofMinutes(10);
        private Duration positiveCacheMaxAge = RememberingBlobStore.DEFAULT_AGE;
        private long filterBytes = Runtime.getRuntime().maxMemory() / 8;
        private Optional<Set<String>> allowedResources = Optional.empty();
        private AccessPolicy accessPolicy = AccessPolicy.OPEN;
        private StoreObserver observer = StoreObserver.NONE;
        private LongSupplier nanoClock = System::nanoTime;
        private @Nullable ScheduledExecutorService timer;

        private Builder(BlobStore backend) {
            this.backend = backend;
        }

        /**
         * Bytes of memory, mostly direct, for copies of hot chunks; 0, the default, for none. It takes {@link
         * DirectMemory#neededFor} of direct memory at most, and makes do with seven eighths of what the JVM has where
         * that is more: others need some, a network above all. What those need is best left free, too.
         */
        public Builder memoryCacheBytes(long bytes) {
            memoryCacheBytes = atLeast("memoryCacheBytes", bytes, 0);
            return this;
        }

        /**
         * Whether the memory cache takes its memory at the start, 0.2 to 2 s a GB, and not as chunks come; off by
         * default.
         */
        public Builder memoryReserved(boolean atStart) {
            memoryReserved = atStart;
            return this;
        }

        /** A directory of this process alone for copies of chunks, and how many bytes it may take. Off by default. */
        public Builder diskCache(Path directory, long maxBytes) {
            diskCacheDirectory = directory;
            diskCacheBytes = atLeast("diskCache maxBytes", maxBytes, 1);
            return this;
        }

        /** The time of a call that names none; 30 s by default. */
        public Builder defaultTimeout(Duration timeout) {
            atLeast("defaultTimeout in ms", timeout.toMillis(), 1);
            defaultTimeout = timeout;
            return this;
        }

        /**
         * Threads that go on with what had to wait, and sum and copy large payloads, as one resource may have; there is one
         * more, and resources take turns. The number of processors, at least 2, by default.
         */
        public Builder workers(int threads) {
            workers = (int) atLeast("workers", threads, 1);
            return this;
        }

        /** Payload bytes that one ordered read fetches ahead of delivery; 16 MiB by default. */
        public Builder streamWindowBytes(long bytes) {
            streamWindowBytes = atLeast("streamWindowBytes", bytes, 1);
            return this;
        }

        /**
         * The longest that a lookup misses what other processes stored, in front of a backend that can't tell without a
         * question what it holds; 10 minutes by default. The first question after half to three quarters of it has the
         * store listed anew, of four stores at a time: a request for every 5,000 chunks, at least 256 for a store of
         * more than 5,000. From this age on an existence filter says nothing any more: until the listing has ended,
         * which it has not for a store that nobody asked about for so long, or that can't be listed, a lookup asks for
         * up to 8 blocks at once. A read of a location always asks the backend. Without effect for local backends.
         */
        public Builder filterMaxAge(Duration age) {
            atLeast("filterMaxAge in ms", age.toMillis(), 1);
            filterMaxAge = age;
            return this;
        }

        /**
         * How long a chunk that was seen stored is taken to be without a question, in front of a backend that can't
         * tell without one; 10 minutes by default, zero for never. Something else that deletes chunks makes lookups
         * count them for so long; a read finds out. Up to a million chunks are remembered, in at most a sixteenth of the
         * heap, those of one resource while as many again are left free: half at most. Without effect for local
         * backends.
         */
        public Builder positiveCacheMaxAge(Duration age) {
            atLeast("positiveCacheMaxAge in ms", age.toMillis(), 0);
            positiveCacheMaxAge = age;
            return this;
        }

        /**
         * Bytes of heap that the existence filters of all stores may take, in front of a backend that can't tell
         * without a question what it holds; an eighth of the largest heap by default. A chunk takes 2 to 8, and as much
         * again while its filter is filled anew. The filters of one resource take no more than they leave free: half at
         * most. Where that does not suffice filters are smaller or missing, and more questions go to the backend; no
         * answer is wrong for it.
         */
        public Builder filterBytes(long bytes) {
            filterBytes = atLeast("filterBytes", bytes, 0);
            return this;
        }

        /** The only resources served; all when this is not called. */
        public Builder allowedResources(Set<String> names) {
            allowedResources = Optional.of(Set.copyOf(names));
            return this;
        }

        /**
         * Who may use which resource, asked on every call; everybody everything when this is not called. Of the {@link
         * #allowedResources} only, when those are named too. Stays the caller's to close.
         */
        public Builder accessPolicy(AccessPolicy policy) {
            accessPolicy = policy;
            return this;
        }

        private AccessPolicy accessPolicy() {
            AccessPolicy ofAll = accessPolicy;
            return allowedResources
                    .<AccessPolicy>map(names -> new AllowedResources(names, ofAll))
                    .orElse(ofAll);
        }

        /** Hears of every call at each measured layer. */
        public Builder observer(StoreObserver to) {
            observer = to;
            return this;
        }

        /** A monotonic clock in nanoseconds; {@link System#nanoTime} by default. For tests. */
        public Builder nanoClock(LongSupplier clock) {
            nanoClock = clock;
            return this;
        }

        /** What rings when a call's time is up; one thread of our own by default. Stays the caller's to shut down. */
        public Builder timer(ScheduledExecutorService executor) {
            timer = executor;
            return this;
        }

        /**
         * Starts the engine.
         *
         * @throws UncheckedIOException when the disk cache's directory can not be used
         */
        public CoreKVStores build() {
            return new CoreKVStores(
                    this, diskCacheDirectory == null ? null : openDiskCache(diskCacheDirectory, diskCacheBytes));
        }

        private static BlobCache openDiskCache(Path directory, long maxBytes) {
            try {
                return DiskBlobCache.open(directory, maxBytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }

        private static long atLeast(String name, long value, long least) {
            if (value < least) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " or more)");
            }
            return value;
        }
    }
}
