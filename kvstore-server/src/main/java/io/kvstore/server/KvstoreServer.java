package io.kvstore.server;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/**
 * The program. Prints one line on stdout when it serves; everything else goes to stderr. SIGTERM and Ctrl-C drain it: health
 * turns to NOT_SERVING, calls under way finish within {@code --drain-timeout}, the data is closed, exit code 0. A second one
 * ends it at once, with exit code 143 or 130.
 */
public final class KvstoreServer {

    private static final int EXIT_CANNOT_START = 1;
    private static final int EXIT_BAD_SETTING = 2;

    private KvstoreServer() {}

    /** Serves until the process is told to end. */
    public static void main(String... args) {
        if (!endWithParent()) {
            EndSignals.endAtOnceOnTheSecond(System.err, KvstoreServer::killChildren);
        }
        int exit = run(args, System.getenv(), System.out, System.err);
        if (exit >= 0) {
            System.exit(exit);
        }
        stayAlive();
    }

    // Set by whoever starts a server for itself, as the demo does: killed, it cannot end what it started.
    private static boolean endWithParent() {
        Long parent = Long.getLong("kvstore.parent.pid");
        if (parent == null) {
            return false;
        }
        EndSignals.leaveCtrlCToTheParent();
        ParentProcess.whenEnded(parent, () -> System.exit(EXIT_CANNOT_START));
        return true;
    }

    // The threads of the engine and of the wire are daemons, as an embedder needs them; the process ends by the drain.
    private static void stayAlive() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts the server; the exit code, or -1 when it serves now. */
    static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (args.length > 0 && args[0].equals("resources")) {
            return ResourcesCommand.run(Arrays.copyOfRange(args, 1, args.length), environment, out, err);
        }
        long startNanos = System.nanoTime();
        CommandLineReader commandLine = new CommandLineReader(version());
        try {
            ParseResult parsed = commandLine.parse(args);
            if (parsed.isUsageHelpRequested()) {
                out.print(commandLine.usage());
                return 0;
            }
            if (parsed.isVersionHelpRequested()) {
                out.println(commandLine.version());
                return 0;
            }
            ServerConfig config = ServerConfig.from(settings(parsed, environment));
            Logging.configure(config.logLevel(), config.azure().sdkLogging());
            Serving server = start(config, parsed, err);
            endWithTheProcess(server, config, err);
            out.println(server.startLine(System.nanoTime() - startNanos));
            out.flush();
            return -1;
        } catch (BadSetting e) {
            err.println(Program.NAME + ": " + e.getMessage());
            err.print(commandLine.synopsis());
            return EXIT_BAD_SETTING;
        } catch (StartFailure e) {
            err.println(Program.NAME + ": " + e.getMessage());
            return EXIT_CANNOT_START;
        } catch (RuntimeException e) {
            // A defect of ours or damage that nobody thought of; the logger puts the frames on its one line.
            LoggerFactory.getLogger(KvstoreServer.class).error("Cannot start", e);
            return EXIT_CANNOT_START;
        }
    }

    private static Serving start(ServerConfig config, ParseResult parsed, PrintStream err) throws StartFailure {
        if (config.processes() == 1) {
            return startOne(config, err);
        }
        NumaTopology topology = NumaTopology.ofThisMachine();
        boolean perNode = config.processes() == ServerConfig.PROCESS_PER_NODE;
        List<Share> shares = perNode ? Share.oneForEachNode(topology) : Share.ofCount(topology, config.processes());
        topology.trouble().ifPresent(why -> err.println(Program.NAME + ": --numa: no NUMA nodes known (" + why + ")"));
        if (shares.size() == 1) {
            return startOne(config, err);
        }
        MemoryPlan.of(config, MemoryPlan.Room.of(config)); // in one line, before each process finds out for itself
        Pinning pinning = Pinning.best(shares);
        if (pinning == Pinning.NONE) {
            err.println(Program.NAME + ": --numa: neither numactl nor taskset works here, so processes run where the"
                    + " system puts them");
        }
        ChildCommand command = new ChildCommand(
                config, CommandLineReader.flags(parsed), CommandLineReader.configFile(parsed), pinning);
        return NumaServer.start(config, shares, command, pinning, err);
    }

    private static Serving startOne(ServerConfig config, PrintStream err) throws StartFailure {
        config.notices().forEach(notice -> err.println(Program.NAME + ": " + notice));
        return RunningServer.start(config);
    }

    // They would drain on, with nobody to say how it went.
    private static void killChildren() {
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
    }

    private static Settings settings(ParseResult parsed, Map<String, String> environment) {
        Optional<Path> file = CommandLineReader.configFile(parsed);
        return Settings.merge(
                CommandLineReader.flags(parsed),
                environment,
                file.map(path -> Settings.readFile(path, "--config")).orElse(Map.of()),
                file.map(Path::toString).orElse(""));
    }

    // halt, because a JVM that ends by a signal answers 143 or 130 whatever its hooks did, and a supervisor could not
    // tell an
    // orderly end from a lost one. No other hook has work to do: the logs are written through.
    private static void endWithTheProcess(Serving server, ServerConfig config, PrintStream err) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            boolean orderly = server.drain(config.drainTimeout());
                            err.flush();
                            Runtime.getRuntime().halt(orderly ? 0 : EXIT_CANNOT_START);
                        },
                        "kvstore-drain"));
    }

    private static String version() {
        String version = KvstoreServer.class.getPackage().getImplementationVersion();
        return version == null ? "(development)" : version;
    }
}
