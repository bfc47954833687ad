package io.kvstore.grpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are read at start and again when one of them has changed. What cannot be used then is said in the log, and what was
 * there before stays, until a later look finds something better.
 */
final class ReloadedFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ReloadedFiles.class);
    private static final long MINUTES_BETWEEN_LOOKS = 1;

    /** Takes over what the files have; throws when that cannot be used, and leaves all as it was. */
    interface Loading {
        void load() throws IOException, GeneralSecurityException;
    }

    private final List<Path> files;
    private final Loading loading;

    /** When the files that are in use were written. Of the timer's thread alone, after the start. */
    private List<FileTime> seen;

    private ReloadedFiles(List<Path> files, Loading loading) throws IOException {
        this.files = files;
        this.loading = loading;
        this.seen = writtenAt();
    }

    /** Reads them now, and has {@code timer} look at them every minute, unless one is a pipe. */
    static void load(List<Path> files, Loading loading, ScheduledExecutorService timer)
            throws IOException, GeneralSecurityException {
        ReloadedFiles reloaded = new ReloadedFiles(files, loading);
        loading.load();
        // A pipe is empty the second time, and one with a name would hold the timer until somebody writes.
        if (files.stream().allMatch(Files::isRegularFile)) {
            var unused = timer.scheduleWithFixedDelay(
                    reloaded::look, MINUTES_BETWEEN_LOOKS, MINUTES_BETWEEN_LOOKS, TimeUnit.MINUTES);
        }
    }

    private List<FileTime> writtenAt() throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : files) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }

    /** Never throws: the timer would not call again. */
    private void look() {
        try {
            List<FileTime> now = writtenAt();
            if (!now.equals(seen)) {
                loading.load();
                seen = now;
                LOG.info("Read again: files={}", files);
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.warn("Cannot be used, what was read before stays: files={} reason={}", files, FirstLine.of(e));
        }
    }
}
