package io.kvstore.core;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** Writes blob after blob and prints the number of each that was acknowledged, until it is killed. */
final class KillStormWriter {

    private static final int THREADS = 8;

    private KillStormWriter() {}

    /** Between 1 byte and 64 KiB, mostly small. */
    static int size(long number) {
        return (int) (1 + (number * 7919) % (number % 16 == 0 ? 65_536 : 3_000));
    }

    public static void main(String[] arguments) throws Exception {
        FileBlobStore store = openOrExit(Path.of(arguments[0]));
        AtomicLong next = new AtomicLong(Long.parseLong(arguments[1]));
        Semaphore underWay = new Semaphore(64);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (int i = 0; i < THREADS; i++) {
            new Thread(() -> write(store, next, underWay, out)).start();
        }
    }

    private static FileBlobStore openOrExit(Path directory) {
        try {
            return FileBlobStore.builder(directory).segmentBytes(1 << 20).open();
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            throw new AssertionError("unreachable", e);
        }
    }

    private static void write(FileBlobStore store, AtomicLong next, Semaphore underWay, PrintStream out) {
        while (true) {
            underWay.acquireUninterruptibly();
            long number = next.getAndIncrement();
            var unused = DiskFixture.startPut(store, number, size(number)).whenComplete((result, failure) -> {
                if (failure == null) {
                    synchronized (out) {
                        out.println(number);
                        if (number % 5 == 0) {
                            DiskFixture.startDelete(store, number).thenRun(() -> print(out, -number));
                        }
                        out.flush();
                    }
                }
                underWay.release();
            });
        }
    }

    private static void print(PrintStream out, long number) {
        synchronized (out) {
            out.println(number);
            out.flush();
        }
    }
}
