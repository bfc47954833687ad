package io.kvstore.core;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The settings of a segment log while they are being made, with the defaults. */
final class LogSettings {

    static final long DEFAULT_SEGMENT_BYTES = 256L * 1024 * 1024;

    private static final long MIN_SEGMENT_BYTES = 64 * 1024;
    private static final long MAX_SEGMENT_BYTES = 1024L * 1024 * 1024;

    private static final int ANSWER_THREADS = 2;

    /** One resource whose callers take their time leaves the others a thread. */
    static final int MAX_ANSWER_THREADS_OF_RESOURCE = ANSWER_THREADS - 1;

    private static final long ANSWER_THREAD_IDLE_SECONDS = 10;

    final Path directory;
    Durability durability = Durability.SYNC;
    long evictAboveBytes;
    long maxQueuedBytes = 256L * 1024 * 1024;
    int maxQueuedOperations = 16_384;
    DiskFiles files = new LocalDiskFiles();

    private final String threadName;
    private long maxBytes = Long.MAX_VALUE / 2; // half: sums with it do not overflow
    private long segmentBytes = DEFAULT_SEGMENT_BYTES;

    LogSettings(Path directory, String threadName) {
        this.directory = directory;
        this.threadName = threadName;
    }

    void maxBytes(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("maxBytes: " + bytes + " (expected: more than 0)");
        }
        maxBytes = Math.min(bytes, Long.MAX_VALUE / 2);
    }

    void segmentBytes(long bytes) {
        if (bytes < MIN_SEGMENT_BYTES || bytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "segmentBytes: " + bytes + " (expected: " + MIN_SEGMENT_BYTES + " to " + MAX_SEGMENT_BYTES + ")");
        }
        segmentBytes = bytes;
    }

    SegmentLog.Settings build() {
        return new SegmentLog.Settings(
                directory,
                durability,
                segmentBytes,
                maxBytes,
                evictAboveBytes,
                maxQueuedBytes,
                maxQueuedOperations,
                answers(),
                threads(threadName),
                new SecureRandom(),
                files);
    }

    /**
     * What tells callers. Not the thread that commits: a callback that waits for another write would wait for itself. Not the
     * common pool: it has one thread on two cores, and whoever embeds us may block it. Idle threads end by themselves.
     */
    private Executor answers() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                ANSWER_THREADS,
                ANSWER_THREADS,
                ANSWER_THREAD_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), // bounded by the operations under way
                threads(threadName + "-answers"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory threads(String name) {
        return work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
