package io.kvstore.bench.load;

import io.kvstore.api.StoreId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;

/**
 * A process that makes load, or is the raw server. Ends when its stdin does, so that it never outlives whoever started it.
 */
public final class LoadMain {

    /** First argument of the raw server; it prints {@link #PORT_PREFIX} and its port. */
    public static final String RAW_SERVER = "raw-server";
    /**
     * First argument of a load client: then come the dialect, the server's address, its pid (0: not here), a partition, and for
     * kvstore the {@link ClientOptions}.
     */
    public static final String CLIENT = "client";

    public static final String KVSTORE = "kvstore";
    public static final String RAW = "raw";
    public static final String REDIS = "redis";

    /** What load on a kvstore reads and writes. */
    public static final StoreId STORE = new StoreId("bench", "chunks");

    /** Before the outcome of a job. */
    public static final String OUTCOME_PREFIX = "outcome ";
    /** Before the port that the raw server listens on. */
    public static final String PORT_PREFIX = "port ";
    /** What a load client says when it takes jobs. */
    public static final String READY = "ready";

    private static final int USAGE = 2;
    private static final int KIND = 1;
    private static final int TARGET = 2;
    private static final int SERVER_PID = 3;
    private static final int PARTITION = 4;

    private LoadMain() {}

    /** Runs until stdin ends. */
    public static void main(String... args) throws Exception {
        QuietLogs.set();
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> readLines(lines, List.of(args)), "stdin");
        reader.setDaemon(true);
        reader.start();
        switch (args.length == 0 ? "" : args[0]) {
            case RAW_SERVER -> {
                RawServer server = new RawServer();
                System.out.println(PORT_PREFIX + server.port());
                server.serve();
            }
            case CLIENT -> work(List.of(args), lines, System.out);
            default -> System.exit(USAGE);
        }
    }

    private static void readLines(BlockingQueue<String> lines, List<String> args) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null; ) {
                lines.add(line);
            }
        } catch (IOException e) {
            // As if it had ended.
        }
        if (args.size() > SERVER_PID && args.get(KIND).equals(REDIS)) {
            // Unlike ours, it would not notice that whoever started it was killed.
            ProcessHandle.of(Long.parseLong(args.get(SERVER_PID))).ifPresent(ProcessHandle::destroy);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void work(List<String> args, BlockingQueue<String> jobs, PrintStream out) throws Exception {
        String kind = args.get(KIND);
        String target = args.get(TARGET);
        long serverPid = Long.parseLong(args.get(SERVER_PID));
        LongSupplier serverHeap =
                kind.equals(KVSTORE) && serverPid != 0 ? HeapCounter.of(serverPid) : () -> Usage.UNKNOWN;
        Meter meter = new Meter(serverPid, HeapCounter.ofThisProcess(), serverHeap);
        try (LoadClient client = open(kind, target, args.subList(PARTITION, args.size()))) {
            Worker worker = new Worker(client, meter);
            out.println(READY);
            while (true) {
                Job job = Job.parse(jobs.take());
                out.println(OUTCOME_PREFIX + worker.outcome(job).toLine());
            }
        }
    }

    private static LoadClient open(String kind, String target, List<String> more) throws IOException {
        return switch (kind) {
            case KVSTORE ->
                new KvstoreClient(
                        ClientOptions.parse(more.subList(1, more.size())).open(target), more.get(0));
            case RAW -> new PipelinedClient(address(target), new RawDialect());
            case REDIS -> new PipelinedClient(address(target), new RedisDialect());
            default -> throw new IOException("no client of '" + kind + "'");
        };
    }

    private static InetSocketAddress address(String target) {
        int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
