package io.kvstore.bench;

import static io.kvstore.bench.Report.line;

import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.TokenBlocks;
import io.kvstore.bench.figures.Contender;
import io.kvstore.bench.figures.Environment;
import io.kvstore.bench.figures.FigureTable;
import io.kvstore.bench.figures.Goals;
import io.kvstore.bench.figures.HtmlReport;
import io.kvstore.bench.figures.JsonReport;
import io.kvstore.bench.figures.Results;
import io.kvstore.bench.load.ClientOptions;
import io.kvstore.bench.load.LoadMain;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a server and its client against what the machine can do, and against Redis. */
@Command(
        name = "bench",
        description = {
            "Measures a server and our client, in processes of their own, against raw TCP between two Java processes and"
                    + " against Redis (when redis-server is on the PATH), by turns in the same run.",
            "Ends everything it started and leaves nothing behind."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "What the figures mean:",
            "  GB/s         payload bytes a second, 10^9 each; median of the rounds",
            "  CPU s per GB processor seconds (user and system) of client and of server for a GB of payload",
            "  CPU ms       the same for one request",
            "  latency      percentiles of all requests of all rounds; of an open loop from when each was due",
            "  x raw        to raw TCP of the same bytes, direction and depth, round by round: times the throughput,",
            "               times the processor time of client and server together",
            "  heap B       bytes allocated on the Java heap for a byte of payload",
            "Payloads: 0.5KB is 512 bytes, 64KB 65,536, MB are 10^6. docs/benchmarks.md says more.",
            "",
            "Exit codes: 0 measured, 1 a request was answered wrongly or not at all, or a goal missed, 2 bad usage,",
            "3 failure."
        })
final class BenchCommand implements Callable<Integer> {

    private static final String MEMORY = "memory";

    /** Where the server is, which nobody else can know. */
    private static final List<String> OURS = List.of("--port", "--host", "--numa", "--shared-port", "--backend");

    private static final List<String> OURS_OVER_STORAGE = Stream.concat(
                    OURS.stream(), Stream.of("--blob-emulator", "--accounts"))
            .toList();

    @Option(names = "--quick", description = "the usual payload and lookups of 1,000 blocks only, in about a minute")
    boolean quick;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "measure the cases in whose name this is found, such as StreamingRead/1.2MB/4 or Lookup/1000,"
                    + " and what they are compared with (default: all)")
    String only = "";

    @Option(
            names = "--goals",
            description = "measure what the project's goals are about, in about six minutes, and say which are reached")
    boolean goals;

    @Option(names = "--json", paramLabel = "FILE", description = "write machine, versions and all figures there")
    Optional<Path> json = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "write a page with plots there")
    Optional<Path> html = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "turns of each (default: 3)")
    Optional<Integer> rounds = Optional.empty();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "length of a turn in seconds (default: 2; 0.8 with --quick)")
    Optional<Double> seconds = Optional.empty();

    @Option(
            names = "--warm-seconds",
            paramLabel = "S",
            description = "length of a turn before in seconds, which is not measured (default: 3; 1.5 with --quick)")
    Optional<Double> warmSeconds = Optional.empty();

    @Option(
            names = "--working-set-mib",
            paramLabel = "MIB",
            defaultValue = "128",
            description =
                    "payload that reads go through, one chunk after the other; has to be more than the processor's"
                            + " cache (default: ${DEFAULT-VALUE})")
    int workingSetMib;

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            description = "of the server that is started (default: memory, as Redis without persistence)")
    Optional<String> backend = Optional.empty();

    @Option(
            names = "--storage",
            paramLabel = "KIND",
            description =
                    "measure servers in front of an object storage on this machine, with caches off and with warm ones,"
                            + " and say which goals are reached: fake, which costs next to nothing, or azurite")
    Optional<StorageProcess.Kind> storage = Optional.empty();

    @Option(names = "--no-redis", description = "leave Redis out")
    boolean noRedis;

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            converter = TargetConverter.class,
            description = "measure a server that runs already (default: start one)")
    Optional<String> target = Optional.empty();

    @Option(
            names = "--server-pid",
            paramLabel = "PID",
            description = "process of --target on this machine; without it the server's own figures stay empty")
    Optional<Long> serverPid = Optional.empty();

    @Mixin
    ClientOptions client = new ClientOptions();

    @Parameters(
            paramLabel = "SERVER-ARGUMENT",
            arity = "0..*",
            description =
                    "after --: passed on to every server that is started, such as -- --durability os, in the place of"
                            + " what the bench would say of it")
    List<String> serverArguments = new ArrayList<>();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        checkOptions();
        boolean leaveRedisOut = noRedis || storage.isPresent();
        Optional<Path> redis = leaveRedisOut ? Optional.empty() : RedisProcess.find();
        BenchPlan plan = plan(redis.isPresent());
        BenchRun.Extent extent = new BenchRun.Extent(
                rounds.orElse(3),
                seconds.orElse(quick ? 0.8 : 2.0),
                warmSeconds.orElse(quick ? 1.5 : 3.0),
                !quick,
                (long) workingSetMib << 20);
        if (redis.isEmpty() && !leaveRedisOut) {
            out.println("redis-server is not on the PATH: its rows are missing");
            out.flush();
        }
        // Before an hour of measuring, not after it.
        checkWritable(json);
        checkWritable(html);
        if (target.isPresent()) {
            checkAnswers(target.get());
        }
        Map<String, String> machine = Machine.describe();
        machine.put("load before", Machine.loadAverage());
        Results results = measure(plan, extent, redis);
        machine.put("load after", Machine.loadAverage());
        report(new Environment(machine, Machine.versions(redis), settings(extent)), results, out);
        boolean missed = goals(results).stream().anyMatch(goal -> goal.verdict() == Goals.Verdict.MISSED);
        return results.failures().isEmpty() && !missed ? Exit.OK : Exit.MISS;
    }

    /** Those that decide the exit code: none where nobody asked for any. */
    private List<Goals.Goal> goals(Results results) {
        return goals || storage.isPresent() ? goalsOfPlan(results) : List.of();
    }

    /** None for Azurite, which is what limits a server in front of it. */
    private List<Goals.Goal> goalsOfPlan(Results results) {
        if (storage.isEmpty()) {
            return Goals.of(results);
        }
        return storage.get() == StorageProcess.Kind.FAKE ? Goals.overStorage(results) : List.of();
    }

    private BenchPlan allCases() {
        if (storage.isPresent()) {
            return BenchPlan.storage();
        }
        return quick ? BenchPlan.quick() : goals ? BenchPlan.goals() : BenchPlan.full();
    }

    private BenchPlan plan(boolean withRedis) {
        Set<Contender> absent = withRedis ? EnumSet.noneOf(Contender.class) : EnumSet.of(Contender.REDIS);
        BenchPlan plan = allCases().select(onlyPattern(), absent);
        if (plan.isEmpty()) {
            throw bad("--only: no case has a name in which '" + only + "' is found");
        }
        return plan;
    }

    /** Leaves a file as it is, and none where there is none. */
    private static void checkWritable(Optional<Path> file) throws IOException {
        if (file.isEmpty()) {
            return;
        }
        try {
            Files.delete(Files.createFile(file.get()));
        } catch (FileAlreadyExistsException e) {
            Files.newOutputStream(file.get(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
        }
    }

    /** A process that makes load could say less of why a server does not. */
    private void checkAnswers(String address) throws IOException {
        try (KVStores stores = Stores.remote(address, client)) {
            Stores.await(stores.store(LoadMain.STORE).lookup(LookupQuery.of(TokenBlocks.of(new long[] {1}))));
        }
    }

    private Map<String, String> settings(BenchRun.Extent extent) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("rounds", Integer.toString(extent.rounds()));
        settings.put("seconds", Double.toString(extent.seconds()));
        settings.put("warm seconds", Double.toString(extent.warmSeconds()));
        settings.put("server", target.orElse(allServerArguments().toString()));
        storage.ifPresent(kind -> settings.put("storage", LowerCaseConverter.name(kind)));
        return settings;
    }

    private void report(Environment environment, Results results, PrintWriter out) throws IOException {
        environment.machine().forEach((name, value) -> out.print(line("%-14s %s", name, value)));
        environment.versions().forEach((name, value) -> out.print(line("%-14s %s", name, value)));
        environment.settings().forEach((name, value) -> out.print(line("%-14s %s", name, value)));
        out.println();
        out.print(FigureTable.of(results));
        if (!goals(results).isEmpty()) {
            out.println();
            out.print(Goals.table(goals(results)));
        }
        results.failures().forEach(failure -> out.print(line("FAILED: %s", failure)));
        out.flush();
        if (json.isPresent()) {
            try (Writer file = Files.newBufferedWriter(json.get())) {
                JsonReport.write(environment, results, goalsOfPlan(results), file);
            }
        }
        if (html.isPresent()) {
            Files.writeString(html.get(), HtmlReport.of(environment, results, goalsOfPlan(results)));
        }
    }

    private Results measure(BenchPlan plan, BenchRun.Extent extent, Optional<Path> redis) throws IOException {
        Contestants.Setup setup = new Contestants.Setup(
                allServerArguments(),
                redis,
                target.map(address -> new Contestants.Attached(address, serverPid.orElse(0L), client.arguments())),
                storage);
        try (Cleanup cleanup = new Cleanup()) {
            Progress progress =
                    cleanup.open(() -> Progress.onStderr("turns", BenchRun.steps(plan, extent), System::nanoTime));
            return new BenchRun(plan, extent, setup, cleanup, progress::at).measure();
        }
    }

    /** What all servers are told; in front of a storage, of which kind they are says {@link StorageProcess}. */
    private ServerArguments allServerArguments() {
        ServerArguments arguments = new ServerArguments(serverArguments);
        if (storage.isPresent()) {
            return arguments;
        }
        String kind = backend.orElse(MEMORY);
        arguments = arguments.unlessGiven("--backend", kind);
        // As a server has it that has run for a while: what is measured are writes, not the kernel's clearing of pages.
        return kind.equals(MEMORY)
                ? arguments
                        .unlessGiven("--data-max-bytes", Long.toString(Room.OF_THIS_MACHINE.storedBytes()))
                        .unlessGiven("--reserve-memory")
                : arguments;
    }

    private void checkOptions() {
        if (rounds.filter(given -> given < 1).isPresent()) {
            throw bad("--rounds: " + rounds.get() + " (expected: at least 1)");
        }
        if (workingSetMib < 1 || workingSetMib > 4_096) {
            throw bad("--working-set-mib: " + workingSetMib + " (expected: 1 to 4096)");
        }
        checkSeconds("--seconds", seconds);
        checkSeconds("--warm-seconds", warmSeconds);
        if (serverPid.isPresent() && target.isEmpty()) {
            throw bad("--server-pid needs --target");
        }
        if (storage.isPresent() && (target.isPresent() || quick || goals || backend.isPresent())) {
            throw bad("--storage starts servers of its own and has cases and goals of its own: no --target, --backend,"
                    + " --quick, --goals");
        }
        if (target.isPresent() && (backend.isPresent() || !serverArguments.isEmpty())) {
            throw bad("--target excludes --backend and arguments for a server: it runs already");
        }
        if (target.isEmpty() && client.isGiven()) {
            throw bad("TLS and --token-file need --target: a server that is started here has neither");
        }
        ServerArguments given = new ServerArguments(serverArguments);
        for (String flag : storage.isPresent() ? OURS_OVER_STORAGE : OURS) {
            if (given.isGiven(flag)) {
                throw bad("-- " + flag + ": the bench has to say that itself");
            }
        }
    }

    private void checkSeconds(String option, Optional<Double> given) {
        if (given.filter(value -> !(value > 0 && value <= 3_600)).isPresent()) {
            throw bad(option + ": " + given.get() + " (expected: more than 0, at most 3600)");
        }
    }

    private Pattern onlyPattern() {
        try {
            return Pattern.compile(only);
        } catch (PatternSyntaxException e) {
            throw bad("--only: '" + only + "': " + e.getDescription());
        }
    }

    private ParameterException bad(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
