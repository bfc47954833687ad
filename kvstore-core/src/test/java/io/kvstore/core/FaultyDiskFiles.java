package io.kvstore.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The real file system, until it is told to fail. */
final class FaultyDiskFiles implements DiskFiles {

    private final DiskFiles real = new LocalDiskFiles();

    /** Bytes that writes may still write. */
    private long room = Long.MAX_VALUE;

    private String writeError = "No space left on device";
    private int writeBytesAtOnce = Integer.MAX_VALUE;
    private int failingForces;

    /** A thread's own: another one that makes a file must not take the failure of this one's deletion. */
    private final ThreadLocal<Boolean> deletedSinceForced = ThreadLocal.withInitial(() -> false);

    private int writesUntil;
    private @Nullable Runnable beforeThatWrite;
    private boolean failingDeletes;
    private boolean failingDeletionForces;
    private int defectiveForces;
    private boolean lazyForces;
    private boolean failingLengths;
    private boolean failingFooters;
    private final Map<String, long[]> unreadable = new HashMap<>();
    private boolean privateMappings;
    private @Nullable MappedByteBuffer lastMapping;
    private @Nullable String failingForcesOf;
    private final Map<String, Runnable> beforeRead = new ConcurrentHashMap<>();
    private final FsyncLosses losses = new FsyncLosses();
    private long usableBytes = Long.MAX_VALUE;

    /** A force takes a permit; tests that hold the disk take them away. */
    final Semaphore forces = new Semaphore(1_000_000);

    /** Released once for every force that begins. */
    final Semaphore forcesBegun = new Semaphore(0);

    /** Waits until a force begins, which then waits for a permit. */
    void awaitForce() {
        try {
            if (!forcesBegun.tryAcquire(30, TimeUnit.SECONDS)) {
                throw new AssertionError("nothing was forced");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    synchronized void full(long bytesLeft) {
        room = bytesLeft;
    }

    synchronized void roomAgain() {
        room = Long.MAX_VALUE;
        usableBytes = Long.MAX_VALUE;
        writeError = "No space left on device";
    }

    synchronized void brokenWrites(long bytesLeft, String message) {
        room = bytesLeft;
        writeError = message;
    }

    synchronized void usableBytes(long bytes) {
        usableBytes = bytes;
    }

    /** Runs that before the write of this number from now on. */
    synchronized void beforeWrite(int number, Runnable what) {
        writesUntil = number;
        beforeThatWrite = what;
    }

    private void aboutToWrite() {
        Runnable due = null;
        synchronized (this) {
            if (--writesUntil == 0) {
                due = beforeThatWrite;
            }
        }
        if (due != null) {
            due.run();
        }
    }

    synchronized void shortWrites(int bytesAtOnce) {
        writeBytesAtOnce = bytesAtOnce;
    }

    synchronized void failForces(int times) {
        failingForces = times;
    }

    /** So many forces end as a defect, not as a failing disk. */
    synchronized void breakForces(int times) {
        defectiveForces = times;
    }

    /** Of the directory, when something was deleted. */
    synchronized void failDeletionForces(boolean fail) {
        failingDeletionForces = fail;
    }

    private synchronized void checkDeletionForce() throws IOException {
        boolean deleted = deletedSinceForced.get();
        deletedSinceForced.set(false);
        if (deleted && failingDeletionForces) {
            throw new IOException("Input/output error");
        }
    }

    /** Forces do nothing: for tests that kill no machine, only processes, and that by the hundred. */
    synchronized FaultyDiskFiles withoutForces() {
        lazyForces = true;
        return this;
    }

    private synchronized boolean isForcing() {
        return !lazyForces;
    }

    synchronized void failDeletes(boolean fail) {
        failingDeletes = fail;
    }

    /** Writes that extend a file, as footers do and records do not, find the disk full. */
    synchronized void failFooters(boolean fail) {
        failingFooters = fail;
    }

    private synchronized void checkFooter(long position, long fileBytes) throws IOException {
        if (failingFooters && position >= fileBytes) {
            throw new IOException("No space left on device");
        }
    }

    /** The sectors of files of that name between these offsets cannot be read, until they are written. */
    synchronized void unreadable(String fileName, long from, long to) {
        unreadable.put(fileName, new long[] {from, to});
    }

    private synchronized void checkReadable(Path file, long from, long to) throws IOException {
        long[] bad = unreadable.get(file.getFileName().toString());
        if (bad != null && from < bad[1] && to > bad[0]) {
            throw new IOException("Input/output error");
        }
    }

    /** From now on what is written into mappings is seen through them alone, and not in the file. */
    synchronized void mapPrivately() {
        privateMappings = true;
    }

    /** Makes the mapping that was made last, and not its file, say something else at that position; and again, the truth. */
    void flipBitOfMapping(int position) {
        flipBit(lastMapping(), position);
    }

    synchronized MappedByteBuffer lastMapping() {
        return Objects.requireNonNull(lastMapping);
    }

    static void flipBit(MappedByteBuffer mapping, int position) {
        mapping.put(position, (byte) (mapping.get(position) ^ 0x10));
    }

    private synchronized MappedByteBuffer map(Path path, DiskFile file, long bytes) throws IOException {
        if (!privateMappings) {
            return file.map(bytes);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapping = channel.map(FileChannel.MapMode.PRIVATE, 0, bytes);
            lastMapping = mapping;
            return mapping;
        }
    }

    /** Forces of files of that name fail. */
    synchronized void failForcesOf(String fileName) {
        failingForcesOf = fileName;
    }

    private synchronized void checkForceOf(Path file) throws IOException {
        if (file.getFileName().toString().equals(failingForcesOf)) {
            throw new IOException("Input/output error");
        }
    }

    /** Happens once, on the thread of whoever reads a file of that name next, before it reads. */
    void beforeReadOf(String fileName, Runnable event) {
        beforeRead.put(fileName, event);
    }

    private void aboutToRead(Path file) {
        Runnable event = beforeRead.remove(file.getFileName().toString());
        if (event != null) {
            event.run();
        }
    }

    /** Files that were deleted while bytes of others were written, were part of a failed force, and were not written again. */
    int deletedOverLosses() {
        return losses.deletedOverLosses();
    }

    synchronized void failLengths(boolean fail) {
        failingLengths = fail;
    }

    private synchronized int admitted(int bytes) throws IOException {
        if (room == 0) {
            throw new IOException(writeError);
        }
        int admitted = (int) Math.min(Math.min(bytes, writeBytesAtOnce), room);
        room = room == Long.MAX_VALUE ? room : room - admitted;
        return admitted;
    }

    private synchronized void checkLength() throws IOException {
        if (failingLengths) {
            throw new IOException("Input/output error");
        }
    }

    private synchronized void checkForce() throws IOException {
        if (defectiveForces > 0) {
            defectiveForces--;
            throw new OutOfMemoryError("of a test");
        }
        if (failingForces > 0) {
            failingForces--;
            throw new IOException("Input/output error");
        }
    }

    @Override
    public DiskFile create(Path file) throws IOException {
        return new FaultyFile(file, real.create(file));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new FaultyFile(file, real.open(file));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        if (failingDeletes) {
            throw new IOException("Operation not permitted");
        }
        losses.deleted(file);
        real.delete(file);
        deletedSinceForced.set(true);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return real.list(directory);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        checkDeletionForce();
        if (isForcing()) {
            real.forceDirectory(directory);
        }
    }

    @Override
    public synchronized long usableBytes(Path directory) {
        return usableBytes;
    }

    private final class FaultyFile implements DiskFile {

        private final Path path;
        private final DiskFile file;

        FaultyFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            aboutToWrite();
            checkFooter(position, file.length());
            int bytes = admitted(source.remaining());
            boolean isFooter = position >= file.length();
            int written = file.write(source.slice(source.position(), bytes), position);
            if (!isFooter) { // one that is lost is written again, and meanwhile the records are read one by one
                losses.wrote(path, position, written);
            }
            source.position(source.position() + written);
            return written;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            aboutToRead(path);
            checkReadable(path, position, position + target.remaining());
            return file.read(target, position);
        }

        @Override
        public boolean isThere() throws IOException {
            return file.isThere();
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void setLength(long bytes) throws IOException {
            checkLength();
            file.setLength(bytes);
        }

        @Override
        public void force() throws IOException {
            forcesBegun.release();
            forces.acquireUninterruptibly();
            forces.release();
            try {
                checkForceOf(path);
                checkForce();
            } catch (IOException e) {
                losses.forceFailed(path);
                throw e;
            }
            losses.forced(path);
            if (isForcing()) {
                file.force();
            }
        }

        @Override
        public MappedByteBuffer map(long bytes) throws IOException {
            return FaultyDiskFiles.this.map(path, file, bytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
