package io.kvstore.azurite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A directory that one Azurite keeps its data in: two would overwrite each other's. The system lets go of the lock when the
 * process that started Azurite ends, however it ends; its Azurite ends then too.
 */
final class DirectoryLock implements AutoCloseable {

    private static final String LOCK_FILE = "lock";

    /** Of this process: to open and close the file of one of these again would give its lock away. */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private final Path realPath;
    private final FileChannel channel;

    private DirectoryLock(Path realPath, FileChannel channel) {
        this.realPath = realPath;
        this.channel = channel;
    }

    /**
     * Makes the directory when it is missing, and locks it.
     *
     * @throws IOException when another has it
     */
    static DirectoryLock of(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path realPath = directory.toRealPath();
        if (!LOCKED_HERE.add(realPath)) {
            throw inUse(directory);
        }
        boolean locked = false;
        FileChannel channel = null;
        try {
            channel =
                    FileChannel.open(directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw inUse(directory);
            }
            locked = true;
            return new DirectoryLock(realPath, channel);
        } finally {
            if (!locked) {
                if (channel != null) {
                    channel.close();
                }
                LOCKED_HERE.remove(realPath);
            }
        }
    }

    private static IOException inUse(Path directory) {
        return new IOException("data directory " + directory + " is in use by another Azurite");
    }

    /** Unlocks; the file stays, as deleting it could unlock somebody who opened it in between. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            LOCKED_HERE.remove(realPath);
        }
    }
}
