package io.kvstore.core;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadFactory;

/** The settings of a segment log while they are being made, with the defaults. */
final class LogSettings {

    static final long DEFAULT_SEGMENT_BYTES = 256L * 1024 * 1024;

    private static final long MIN_SEGMENT_BYTES = 64 * 1024;
    private static final long MAX_SEGMENT_BYTES = 1024L * 1024 * 1024;

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
                // Not the thread that commits: a callback that waits for another write would wait for itself.
                ForkJoinPool.commonPool(),
                threads(),
                new SecureRandom(),
                files);
    }

    private ThreadFactory threads() {
        return work -> {
            Thread thread = new Thread(work, threadName);
            thread.setDaemon(true);
            return thread;
        };
    }
}
