package io.kvstore.bench;

import static io.kvstore.bench.Report.line;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.azurite.Azurite;
import io.kvstore.bench.load.ClientOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Replays recorded traffic and compares every count and byte with a model. */
@Command(
        name = "replay",
        description = {
            "Replays a trace in file order: looks each prompt up, reads what is stored, writes what is not, and"
                    + " compares every count and every byte with a model of its own.",
            "The trace is JSON lines with input_length and hash_ids, one id for each 512 tokens, as the Mooncake"
                    + " project publishes them."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 all right, 1 the store differed from the model, 2 bad usage, 3 failure."})
final class ReplayCommand implements Callable<Integer> {

    private static final StoreId STORE = new StoreId("replay", "trace");

    @Option(names = "--trace", paramLabel = "FILE", required = true, description = "trace to replay")
    Path trace = Path.of("");

    @Option(names = "--requests", paramLabel = "N", description = "stop after N requests (default: all)")
    Optional<Long> requests = Optional.empty();

    @Option(
            names = "--payload-bytes",
            paramLabel = "SIZE",
            defaultValue = "64",
            converter = SizeConverter.class,
            description = "payload of each block (default: ${DEFAULT-VALUE})")
    int payloadBytes;

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            converter = TargetConverter.class,
            description = "a running server; counts are right on any, as each run takes a partition of its own"
                    + " (default: an engine in this process)")
    Optional<String> target = Optional.empty();

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            defaultValue = "file",
            description =
                    "of the engine in this process: file, memory, or azurite, an emulator of Azure that is started for it"
                            + " (default: ${DEFAULT-VALUE})")
    Stores.Backend backend = Stores.Backend.FILE;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "of the engine in this process, kept afterwards (default: a temporary one)")
    Optional<Path> dataDir = Optional.empty();

    @Option(
            names = "--sync",
            description = "acknowledge each write of the engine in this process after an fsync, as a server does by"
                    + " default (default: once the operating system has it)")
    boolean sync;

    @Option(names = "--no-read", description = "do not read the payloads of what is found")
    boolean noRead;

    @Mixin
    ClientOptions client = new ClientOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (target.isPresent() && (dataDir.isPresent() || sync || backend != Stores.Backend.FILE)) {
            throw new ParameterException(
                    spec.commandLine(), "--target excludes --backend, --data-dir and --sync: the server has its own");
        }
        if (target.isEmpty() && client.isGiven()) {
            throw new ParameterException(
                    spec.commandLine(), "TLS and --token-file need --target: an engine in this process has neither");
        }
        if (backend == Stores.Backend.MEMORY && (dataDir.isPresent() || sync)) {
            throw new ParameterException(
                    spec.commandLine(), "--backend memory excludes --data-dir and --sync: nothing is kept");
        }
        if (backend == Stores.Backend.AZURITE && sync) {
            throw new ParameterException(
                    spec.commandLine(), "--backend azurite excludes --sync: what is durable is up to the emulator");
        }
        if (requests.filter(atMost -> atMost < 1).isPresent()) {
            throw new ParameterException(
                    spec.commandLine(), "--requests: " + requests.get() + " (expected: at least 1)");
        }
        // Before anything is opened: a trace that is not there leaves nothing behind.
        long total = TraceReader.count(trace, requests.orElse(Long.MAX_VALUE));
        if (total == 0) {
            throw new CommandFailure(Exit.FAILURE, "no request in '" + trace + "'");
        }
        try (Cleanup cleanup = new Cleanup()) {
            return replay(open(cleanup).store(STORE), total, cleanup);
        }
    }

    private KVStores open(Cleanup cleanup) throws IOException {
        if (target.isPresent()) {
            return cleanup.open(() -> Stores.remote(target.get(), client));
        }
        if (backend == Stores.Backend.MEMORY) {
            return cleanup.open(Stores::inMemory);
        }
        Path dir = dataDir.isPresent()
                ? dataDir.get()
                : cleanup.open(TemporaryDirectory::create).path();
        if (backend == Stores.Backend.AZURITE) {
            Azurite azurite = Stores.startAzurite(dir.resolve("azurite"), cleanup);
            return cleanup.open(() -> Stores.on(azurite));
        }
        return cleanup.open(() -> Stores.inDirectory(dir, sync));
    }

    private int replay(KVStore store, long total, Cleanup cleanup) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        TraceReplay replay =
                new TraceReplay(store, "replay-" + UUID.randomUUID(), payloadBytes, !noRead, System::nanoTime);
        long start = System.nanoTime();
        try (TraceReader reader = new TraceReader(trace);
                Progress progress = cleanup.open(() -> Progress.onStderr("requests", total, System::nanoTime))) {
            replay.run(reader, total, progress::at);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Tally tally = replay.tally();
        out.print(Report.of(tally, payloadBytes));
        out.print(line(
                "%n%,d requests in %.1f s: %,.0f chunks/s looked up, read or written; peak memory of %s: %s",
                total,
                seconds,
                (tally.asked() + tally.read() + tally.written()) / seconds,
                target.isPresent() ? "the server" : "this process with the engine",
                PeakMemory.text(peakMemory())));
        out.print(line(
                "exact counts: asked=%d hit=%d written=%d read=%d; model: hit=%d distinct=%d",
                tally.asked(),
                tally.hit(),
                tally.written(),
                tally.read(),
                tally.expectedHits(),
                replay.distinctBlocks()));
        return Verdict.of(tally, replay.distinctBlocks(), !noRead, out);
    }

    private OptionalLong peakMemory() {
        if (target.isEmpty()) {
            return PeakMemory.ofThisProcess();
        }
        String address = target.get();
        boolean local = address.matches("(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\]):\\d+");
        return local
                ? PeakMemory.ofListener(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)))
                : OptionalLong.empty();
    }
}
