package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, opens and drops segment files. A file is named by its number in 16 hex digits and starts with 64 bytes:
 *
 * <pre>
 *  0 magic "KVSTSEG1" (8)    8 version (4)    12 CRC-32C of all but this field
 * 16 number (8)             24 salt (16)      40 zeros
 * </pre>
 */
final class SegmentFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentFiles.class);

    private static final int BLANK_PIECE_BYTES = 64 * 1024;

    static final int HEADER_BYTES = 64;

    private static final long MAGIC = 0x4b565354_53454731L;
    private static final int VERSION = 1;
    private static final int CRC_AT = 12;
    private static final int SALT_AT = 24;
    private static final int SALT_BYTES = 16;
    private static final String SUFFIX = ".segment";
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}\\.segment");

    private final DiskFiles files;
    private final DataDirectory directory;
    private final SecureRandom random;
    private boolean gone;

    SegmentFiles(DiskFiles files, DataDirectory directory, SecureRandom random) {
        this.files = files;
        this.directory = directory;
        this.random = random;
    }

    /** A segment with the file open on it. */
    record Opened(Segment segment, DiskFile file) {}

    /**
     * Makes an empty segment of that length, which takes no space yet, and makes its name durable.
     *
     * @throws KVStoreException {@link Reason#UNAVAILABLE} when the directory is no longer the one that we locked
     */
    Opened create(long id, long lengthBytes) throws IOException {
        checkDirectory();
        Path path = directory.path().resolve(String.format("%016x", id) + SUFFIX);
        DiskFile file = files.create(path);
        try {
            byte[] salt = new byte[SALT_BYTES];
            random.nextBytes(salt);
            file.setLength(lengthBytes);
            writeFully(file, header(id, salt), 0);
            files.forceDirectory(directory.path());
            return new Opened(new Segment(id, path, salt, file.map(lengthBytes), HEADER_BYTES), file);
        } catch (IOException | RuntimeException e) {
            discard(file, path, e);
            throw e;
        }
    }

    private void checkDirectory() throws IOException {
        if (directory.isOurs()) {
            return;
        }
        if (!gone) {
            LOG.error("{} was removed or replaced while in use: nothing is stored before a restart", directory.path());
        }
        gone = true;
        throw DiskFailures.gone();
    }

    /** Opens a segment as it lies on disk, mapped at its length; null when the file is too short to hold anything. */
    @Nullable
    Opened open(Path path) throws IOException {
        DiskFile file = files.open(path);
        try {
            long length = file.length();
            if (length > Integer.MAX_VALUE) {
                throw new IOException(path.getFileName() + ": " + length + " bytes (expected: less than 2 GiB)");
            }
            byte[] salt = length < HEADER_BYTES ? null : salt(file, id(path));
            if (salt == null) {
                file.close();
                return null;
            }
            return new Opened(new Segment(id(path), path, salt, file.map(length), HEADER_BYTES), file);
        } catch (IOException | RuntimeException e) {
            closeQuietly(file, e);
            throw e;
        }
    }

    /** Files that are segments by their name, oldest first. */
    List<Path> list() throws IOException {
        return files.list(directory.path()).stream()
                .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
                .sorted()
                .toList();
    }

    /** Removes the file; its memory stays as long as somebody has a claim. */
    void delete(Path path) throws IOException {
        files.delete(path);
    }

    /** Makes what was deleted stay so across a loss of power. */
    void forceDeletions() throws IOException {
        files.forceDirectory(directory.path());
    }

    /** Whether the file is zeros from end to end, all of which can be read: the process ended while it made the file. */
    boolean isBlank(Path path) {
        try (DiskFile file = files.open(path)) {
            ByteBuffer piece = ByteBuffer.allocate(BLANK_PIECE_BYTES);
            ByteBuffer zeros = ByteBuffer.allocate(BLANK_PIECE_BYTES);
            for (long at = 0; at < file.length(); at += BLANK_PIECE_BYTES) {
                readFully(file, piece.clear(), at);
                if (!piece.equals(zeros.clear().limit(piece.limit()))) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            LOG.warn("{} cannot be read", path, e);
            return false;
        }
    }

    DiskFile reopen(Segment segment) throws IOException {
        return files.open(segment.path());
    }

    static long id(Path path) {
        return Long.parseUnsignedLong(path.getFileName().toString(), 0, 16, 16);
    }

    static void writeFully(DiskFile file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    /** Reads until the buffer is full or the file ends, and flips it. */
    static void readFully(DiskFile file, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = file.read(target, at);
            if (read < 0) {
                break;
            }
            at += read;
        }
        target.flip();
    }

    private static ByteBuffer header(long id, byte[] salt) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(id).put(salt).clear();
        return header.putInt(CRC_AT, checksum(header));
    }

    private static byte @Nullable [] salt(DiskFile file, long id) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        try {
            readFully(file, header, 0);
        } catch (IOException e) {
            LOG.warn("the header of segment {} cannot be read", id, e);
            return null;
        }
        boolean sound = header.limit() == HEADER_BYTES
                && header.getLong(0) == MAGIC
                && header.getInt(8) == VERSION
                && header.getInt(CRC_AT) == checksum(header)
                && header.getLong(16) == id;
        return sound ? Arrays.copyOfRange(header.array(), SALT_AT, SALT_AT + SALT_BYTES) : null;
    }

    private static int checksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, CRC_AT));
        crc.update(header.slice(CRC_AT + 4, HEADER_BYTES - CRC_AT - 4));
        return (int) crc.getValue();
    }

    private void discard(DiskFile file, Path path, Exception cause) {
        closeQuietly(file, cause);
        try {
            files.delete(path);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    static void closeQuietly(DiskFile file, Exception cause) {
        try {
            file.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
