package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.Prompts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Numbered blobs whose bytes follow from their number, and segment files to spoil. */
final class DiskFixture {

    static final StoreId STORE = new StoreId("tenant", "kv-cache");

    private static final Prompts PROMPTS = Prompts.seeded(11);

    private DiskFixture() {}

    static BlobKey key(long number) {
        ByteBuffer bytes = ByteBuffer.allocate(BlobKey.BYTES);
        for (int i = 0; i < 6; i++) {
            bytes.putLong(mix(i < 2 ? i : number * 7 + i));
        }
        return BlobKey.read(bytes.flip());
    }

    private static long mix(long z) {
        long x = (z + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return (x ^ (x >>> 29)) * 0x94D049BB133111EBL;
    }

    static byte[] bytes(long number, int size) {
        return PROMPTS.payloadBytes(number, size);
    }

    static BlobInfo info(long number, byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        byte[] attributes = ("blob " + number).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        return new BlobInfo(number, bytes.length, (int) crc.getValue(), attributes);
    }

    static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    static CompletableFuture<PutResult> startPut(BlobStore store, long number, int size) {
        byte[] bytes = bytes(number, size);
        try (Payload payload = Payload.wrap(bytes)) {
            return store.put(STORE, key(number), info(number, bytes), payload, soon());
        }
    }

    static boolean put(BlobStore store, long number, int size) {
        return await(startPut(store, number, size)).created();
    }

    static CompletableFuture<Boolean> startDelete(BlobStore store, long number) {
        return store.delete(STORE, key(number), soon());
    }

    static boolean delete(BlobStore store, long number) {
        return await(store.delete(STORE, key(number), soon()));
    }

    /** Whether the blob is stored; fails when it is and one bit of it is wrong. */
    static boolean isStored(BlobStore store, long number, int size) {
        Optional<Blob> found = await(store.get(STORE, key(number), soon()));
        boolean peeked = store.peek(STORE, key(number)).isPresent();
        if (found.isPresent() != peeked) {
            throw new AssertionError("blob " + number + ": peek says " + peeked + ", get " + found);
        }
        if (found.isEmpty()) {
            return false;
        }
        try (Blob blob = found.get()) {
            byte[] expected = bytes(number, size);
            if (!blob.info().equals(info(number, expected))
                    || !Arrays.equals(blob.payload().toByteArray(), expected)) {
                throw new AssertionError("blob " + number + " has wrong bytes: " + blob.info());
            }
        }
        return true;
    }

    static List<BlobKey> list(BlobStore store) {
        List<BlobKey> keys = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            BlobPage page = await(store.list(STORE, KeyRange.ALL, from, soon()));
            keys.addAll(page.keys());
            from = page.next();
        } while (from.isPresent());
        return keys;
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(1, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            throw KVStoreException.of(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    static Optional<Reason> failure(CompletableFuture<?> future) {
        try {
            await(future);
            return Optional.empty();
        } catch (KVStoreException e) {
            return Optional.of(e.reason());
        }
    }

    /** What a killed process would leave: a copy of the directory of a store that is still open. */
    static Path copy(Path directory, Path to) {
        try (Stream<Path> files = Files.list(directory)) {
            Files.createDirectories(to);
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
            return to;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static List<Path> segments(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".segment"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static Path lastSegment(Path directory) {
        List<Path> all = segments(directory);
        return all.get(all.size() - 1);
    }

    static void flipBit(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(position);
            int before = open.read();
            open.seek(position);
            open.write(before ^ 0x10);
        }
    }

    /** Makes zeros of everything from there on, as where a write never came to be. */
    static void zeroFrom(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            long length = open.length();
            open.setLength(position);
            open.setLength(length);
        }
    }

    static void cutAt(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(position);
        }
    }
}
