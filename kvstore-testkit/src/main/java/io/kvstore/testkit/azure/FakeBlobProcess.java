package io.kvstore.testkit.azure;

import java.io.IOException;
import java.io.OutputStream;

/**
 * {@link FakeBlobService} as a process: says {@code listening on http://HOST:PORT} and serves until its standard input ends,
 * which it also does when whoever started it was killed. The oldest blobs go when MAX_BYTES are stored. At its end it says {@code bytes ADDRESS COUNT} for each address of a
 * client.
 *
 * <pre>{@code
 * java -cp ... io.kvstore.testkit.azure.FakeBlobProcess [HOST [PORT [THREADS [MAX_BYTES]]]]
 * }</pre>
 */
public final class FakeBlobProcess {

    private FakeBlobProcess() {}

    public static void main(String[] args) throws IOException {
        FakeBlobServiceBuilder builder =
                FakeBlobService.builder().maxBytes(8L << 30).dropsOldestWhenFull(true);
        if (args.length > 0) {
            builder.host(args[0]);
        }
        if (args.length > 1) {
            builder.port(Integer.parseInt(args[1]));
        }
        if (args.length > 2) {
            builder.threads(Integer.parseInt(args[2]));
        }
        if (args.length > 3) {
            builder.maxBytes(Long.parseLong(args[3]));
        }
        try (FakeBlobService service = builder.start()) {
            System.out.println("listening on http://" + service.address().getHostString() + ":"
                    + service.address().getPort());
            System.in.transferTo(OutputStream.nullOutputStream());
            service.bytesBySource().forEach((source, bytes) -> System.out.println("bytes " + source + " " + bytes));
        }
    }
}
