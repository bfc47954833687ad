package io.kvstore.azurite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A directory that one Azurite keeps its data in: two would overwrite each other's. The system lets go of the lock when the
 * process that started Azurite ends, however it ends; its Azurite ends then too.
 */
final class DirectoryLock implements AutoCloseable {

    private static final String LOCK_FILE = "lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the directory when it is missing, and locks it.
     *
     * @throws IOException when another has it
     */
    static DirectoryLock of(Path directory) throws IOException {
        Files.createDirectories(directory);
        FileChannel channel =
                FileChannel.open(directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new IOException("data directory " + directory + " is in use by another Azurite");
        }
        return new DirectoryLock(channel);
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    /** Unlocks; the file stays, as deleting it could unlock somebody who opened it in between. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
