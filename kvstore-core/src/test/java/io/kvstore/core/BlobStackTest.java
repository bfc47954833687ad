package io.kvstore.core;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;

/** Every decorator keeps the promises of what it decorates. */
class BlobStackTest {

    @org.junit.jupiter.api.io.TempDir
    java.nio.file.Path directory;

    private static final ExecutorService WORKERS = Executors.newFixedThreadPool(2);
    private static final Workers FAIR = new FairWorkers(WORKERS);
    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor();

    @AfterAll
    static void stop() {
        WORKERS.shutdown();
        TIMER.shutdown();
    }

    @org.junit.jupiter.api.Nested
    class Admitting extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new AdmittingBlobStore(
                    MemoryBlobStore.builder().build(), new Admission(Admission.Limits.DEFAULT, Workers.IN_PLACE));
        }
    }

    @org.junit.jupiter.api.Nested
    class Verifying extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new VerifyingBlobStore(MemoryBlobStore.builder().build(), FAIR, FAIR);
        }
    }

    @org.junit.jupiter.api.Nested
    class HandingOver extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new HandingOverBlobStore(MemoryBlobStore.builder().build(), FAIR);
        }
    }

    @org.junit.jupiter.api.Nested
    class Filtering extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new FilteringBlobStore(
                    MemoryBlobStore.builder().build(),
                    Duration.ofMinutes(10),
                    new TenantShares(1 << 20),
                    System::nanoTime,
                    TIMER,
                    FAIR);
        }
    }

    @org.junit.jupiter.api.Nested
    class Remembering extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new RememberingBlobStore(
                    MemoryBlobStore.builder().build(), Duration.ofMinutes(10), 1_000, System::nanoTime, WORKERS);
        }
    }

    @org.junit.jupiter.api.Nested
    class Coalescing extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new CoalescingBlobStore(MemoryBlobStore.builder().build());
        }
    }

    @org.junit.jupiter.api.Nested
    class CachingInMemory extends BlobStoreContract {
        @Override
        protected BlobStore createStore() {
            return new CachingBlobStore(
                    MemoryBlobStore.builder().build(),
                    new MemoryBlobCache(64 << 20, false, WORKERS),
                    Workers.IN_PLACE,
                    FAIR);
        }
    }

    /** A copy from there has no version, and a version of the cache's own log would be taken for the backend's. */
    @org.junit.jupiter.api.Nested
    class CachingOnDisk extends BlobStoreContract {
        @Override
        protected BlobStore createStore() throws java.io.IOException {
            BlobCache cache = DiskBlobCache.open(directory.resolve("cache"), 64 << 20);
            return new CachingBlobStore(MemoryBlobStore.builder().build(), cache, FAIR, FAIR);
        }
    }
}
