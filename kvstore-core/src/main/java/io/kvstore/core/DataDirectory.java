package io.kvstore.core;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A directory that this process alone writes to. Every failure is one line that says which directory and why. */
final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "lock";

    /**
     * What this process has locked. Static, because the locks are: they belong to the process, and closing any descriptor of
     * the lock file, one of a refused second open say, would unlock it for the other processes. So that one is never opened.
     */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path realPath;
    private final FileChannel channel;
    private final FileIdentity lock;

    private DataDirectory(Path path, Path realPath, FileChannel channel, FileIdentity lock) {
        this.path = path;
        this.realPath = realPath;
        this.channel = channel;
        this.lock = lock;
    }

    /** Makes the directory if it is missing, and locks it. */
    static DataDirectory lock(Path path, DiskFiles files) throws IOException {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IOException("data directory " + path + " is not a directory");
        }
        try {
            create(path.toAbsolutePath(), files);
        } catch (IOException e) {
            throw new IOException("data directory " + path + " cannot be created: " + reason(e), e);
        }
        Path realPath = path.toRealPath();
        if (!LOCKED_HERE.add(realPath)) {
            throw inUse(path);
        }
        try {
            FileChannel channel = lockedChannel(path);
            return new DataDirectory(path, realPath, channel, FileIdentity.of(path.resolve(LOCK_FILE)));
        } catch (IOException | RuntimeException e) {
            LOCKED_HERE.remove(realPath);
            throw e;
        }
    }

    /** A directory that is not on the medium itself would take with it what was synced inside. */
    private static void create(Path path, DiskFiles files) throws IOException {
        Path parent = path.getParent();
        if (Files.isDirectory(path) || parent == null) {
            return;
        }
        create(parent, files);
        Files.createDirectories(path);
        files.forceDirectory(parent);
    }

    private static FileChannel lockedChannel(Path path) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("data directory " + path + " is not writable: " + reason(e), e);
        }
        if (!isLocked(channel)) {
            channel.close();
            throw inUse(path);
        }
        return channel;
    }

    private static IOException inUse(Path path) {
        return new IOException("data directory " + path + " is in use by another process");
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // by another copy of this class in this process
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "permission denied: " + denied.getFile();
        }
        if (e instanceof FileAlreadyExistsException there) {
            return there.getFile() + " is not a directory";
        }
        if (e instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        return e.getMessage() == null ? "for no known reason" : e.getMessage();
    }

    Path path() {
        return path;
    }

    /** Whether it is still the directory that was locked: another one of its name may be another process's. */
    boolean isOurs() throws IOException {
        return lock.isThere();
    }

    /** Unlocks. The lock file stays: deleting it could unlock somebody who opened it in between. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            LOCKED_HERE.remove(realPath);
        }
    }
}
