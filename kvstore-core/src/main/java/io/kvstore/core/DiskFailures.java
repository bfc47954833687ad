package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure of the disk is to callers. Paths stay in the cause: callers may be a tenant's clients. */
final class DiskFailures {

    /** A queue of writes drains, and compaction frees a segment, in about this time. */
    static final Duration RETRY_AFTER = Duration.ofMillis(200);

    private static final Logger LOG = LoggerFactory.getLogger(DiskFailures.class);

    private final DiskFiles files;
    private final Path directory;
    private final boolean evicting;
    private final LogLimit warnings = new LogLimit(System::nanoTime);

    /**
     * The failures of one log.
     *
     * @param evicting whether it makes room by itself: then being at its limit is no news, and nobody is refused
     */
    DiskFailures(DiskFiles files, Path directory, boolean evicting) {
        this.files = files;
        this.directory = directory;
        this.evicting = evicting;
    }

    /**
     * Translates what failed.
     *
     * @param action for the message
     * @param neededBytes what was to be written
     */
    KVStoreException of(String action, IOException failure, long neededBytes) {
        if (!isFull(failure, neededBytes)) {
            return unavailable(action, failure);
        }
        warnings.passing()
                .ifPresent(untold -> LOG.warn(
                        "The disk is full, writes are refused: directory={} neededBytes={} cause={} untoldBefore={}",
                        directory,
                        neededBytes,
                        failure.getMessage(),
                        untold));
        return full("the disk is full", failure);
    }

    /**
     * What a put is told when the limit leaves no room for it.
     *
     * @param neededBytes what was to be written
     */
    KVStoreException usedUp(long limitBytes, long neededBytes) {
        String what = "its limit of " + limitBytes + " bytes is used up";
        if (!evicting) {
            warnings.passing()
                    .ifPresent(untold -> LOG.warn(
                            "The store is full, {}, writes are refused: directory={} neededBytes={} untoldBefore={}",
                            what,
                            directory,
                            neededBytes,
                            untold));
        }
        return full(what, null);
    }

    private boolean isFull(IOException failure, long neededBytes) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("no space left") || message.contains("quota") || message.contains("not enough space")) {
            return true;
        }
        // The text comes from strerror in the language of the machine, so ask the file system as well.
        try {
            return files.usableBytes(directory) < neededBytes;
        } catch (IOException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    static KVStoreException full(String what, @Nullable Throwable cause) {
        return new KVStoreException(Reason.RESOURCE_EXHAUSTED, "local disk: " + what, RETRY_AFTER, cause);
    }

    static KVStoreException unavailable(String action, Throwable cause) {
        return new KVStoreException(Reason.UNAVAILABLE, "local disk: " + action + " failed", cause);
    }

    static KVStoreException gone() {
        return new KVStoreException(
                Reason.UNAVAILABLE, "local disk: the data directory was removed or replaced while it was in use");
    }

    static KVStoreException closed() {
        return new KVStoreException(Reason.UNAVAILABLE, "local disk: the store is closed");
    }
}
