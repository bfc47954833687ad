package io.kvstore.bench;

import static io.kvstore.bench.Report.line;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The whole store at work, proven byte for byte. */
@Command(
        name = "demo",
        description = {
            "Starts a server, on the embedded file store by default, and plays conversations about a source tree over gRPC, with"
                    + " the tokens a real model would see: looks every prompt up, reads what is stored back through"
                    + " StreamingRead, writes what is not, compares every byte and every count.",
            "Leaves nothing behind."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 every byte and count was right, 1 something was not, 2 bad usage, 3 failure."})
final class DemoCommand implements Callable<Integer> {

    private static final StoreId STORE = new StoreId("demo", "conversations");
    private static final String PARTITION = "demo-model";
    private static final int SIGTERM_EXIT = 0;

    @Option(
            names = "--sources",
            paramLabel = "DIR",
            defaultValue = "${sys:kvstore.home:-.}",
            description = "what the conversations are about (default: this repository)")
    Path sources = Path.of("");

    @Option(
            names = "--server-jar",
            paramLabel = "FILE",
            defaultValue = "${sys:kvstore.home:-.}/kvstore-server/target/kvstore-server.jar",
            description = "server to start (default: the one built here)")
    Path serverJar = Path.of("");

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            defaultValue = "file",
            description = "of the server: file, memory, or azurite, an emulator of Azure (default: ${DEFAULT-VALUE})")
    Stores.Backend backend = Stores.Backend.FILE;

    @Option(
            names = "--conversations",
            paramLabel = "N",
            defaultValue = "4",
            description = "conversations that share the system prompt (default: ${DEFAULT-VALUE})")
    int conversations;

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "6",
            description = "turns of each (default: ${DEFAULT-VALUE})")
    int turns;

    @Option(
            names = "--payload-bytes",
            paramLabel = "SIZE",
            defaultValue = "1200k",
            converter = SizeConverter.class,
            description = "payload of each block, a number alone is bytes (default: ${DEFAULT-VALUE})")
    int payloadBytes;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (turns < 1 || conversations < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--conversations " + conversations + ", --turns " + turns + " (expected: at least 1 of each)");
        }
        if (!Files.isRegularFile(serverJar)) {
            throw new CommandFailure(Exit.FAILURE, "no server at " + serverJar + " (build it: ./kvstore build)");
        }
        if (backend == Stores.Backend.AZURITE) {
            // Before the server is started, which is not given the time of a download.
            Stores.installAzurite();
        }
        List<Conversation> talks = conversations();
        try (Cleanup cleanup = new Cleanup()) {
            Path dir = cleanup.open(TemporaryDirectory::create).path();
            ServerProcess server = cleanup.open(() -> ServerProcess.launch(
                    serverJar,
                    List.of(
                            "--backend",
                            LowerCaseConverter.name(backend),
                            "--data-dir",
                            dir.resolve("data").toString(),
                            "--log-level",
                            "error")));
            server.awaitStart();
            out.println(server.startLine());
            out.flush();
            int exit;
            try (KVStores stores = Stores.remote(server.target())) {
                exit = play(stores.store(STORE), talks, out, cleanup);
            }
            out.println("peak memory of the server: " + PeakMemory.text(PeakMemory.ofProcess(server.pid())));
            int ended = server.stop();
            if (ended != SIGTERM_EXIT) {
                out.println("WRONG: the server ended with exit code " + ended + " (expected: " + SIGTERM_EXIT + ")");
                exit = Exit.MISS;
            }
            out.flush();
            return exit;
        }
    }

    private List<Conversation> conversations() throws IOException {
        if (!Files.isDirectory(sources)) {
            throw new CommandFailure(Exit.FAILURE, "cannot use '" + sources + "': not a directory");
        }
        Sources tree = Sources.read(sources);
        if (tree.files().isEmpty()) {
            throw new CommandFailure(Exit.FAILURE, "--sources: no Java, Markdown or proto file below " + sources);
        }
        Tokenizer tokenizer = new Tokenizer();
        int[] system = tokenizer.encode(Conversation.systemPrompt(tree));
        List<Conversation> talks = new ArrayList<>();
        for (int i = 0; i < conversations; i++) {
            // Each begins elsewhere in the tree, so that only the system prompt is shared.
            int from = i * tree.files().size() / conversations;
            List<Sources.File> about =
                    new ArrayList<>(tree.files().subList(from, tree.files().size()));
            about.addAll(tree.files().subList(0, from));
            talks.add(new Conversation(tokenizer, system, about));
        }
        return talks;
    }

    private int play(KVStore store, List<Conversation> talks, PrintWriter out, Cleanup cleanup) throws IOException {
        Tally tally = new Tally();
        PrefixModel model = new PrefixModel();
        BlockPayloads payloads = new BlockPayloads(payloadBytes, PromptPlayer.writesInFlight(payloadBytes));
        PromptPlayer player = new PromptPlayer(store, PARTITION, payloads, true, tally, System::nanoTime);
        long start = System.nanoTime();
        TokenBlocks last = TokenBlocks.empty();
        long prompts = (long) turns * talks.size();
        try (Progress progress = cleanup.open(() -> Progress.onStderr("prompts", prompts, System::nanoTime))) {
            for (int turn = 0; turn < turns; turn++) {
                for (int talk = 0; talk < talks.size(); talk++) {
                    last = talks.get(talk).nextPrompt();
                    player.play(last, model.hits(last));
                    model.store(last);
                    progress.at((long) turn * talks.size() + talk + 1);
                }
            }
        }
        checkOtherPartition(store, last, tally);
        out.print(line(
                "%d conversations of %d turns about %s, %,d bytes a block, in %.1f s%n",
                talks.size(), turns, sources, payloadBytes, (System.nanoTime() - start) / 1e9));
        out.print(Report.of(tally, payloadBytes));
        out.println();
        return Verdict.of(tally, model.distinctBlocks(), true, out);
    }

    private static void checkOtherPartition(KVStore store, TokenBlocks prompt, Tally tally) {
        int found = Stores.await(store.lookup(LookupQuery.of(prompt).inPartition("another-model")))
                .cachedBlocks();
        if (found != 0) {
            tally.differs("another partition found " + found + " blocks of this one (expected: 0)");
        }
    }
}
