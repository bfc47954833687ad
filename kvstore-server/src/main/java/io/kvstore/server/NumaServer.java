package io.kvstore.server;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of several processes, each on CPUs and memory of its own: {@code --numa}. This process moves no chunk; it starts
 * the others, starts them again, ends them, and answers for all of them.
 */
final class NumaServer implements Serving {

    private static final Logger LOG = LoggerFactory.getLogger(NumaServer.class);

    private static final int MAX_PORT = 65_535;
    /** What a process gets after its drain to close its data. */
    private static final Duration CLOSING = Duration.ofSeconds(15);

    private final ServerConfig config;
    private final ScheduledExecutorService scheduler;
    private final ServerProcesses processes;
    private final Pinning pinning;
    private final Optional<AdminEndpoint> admin;
    private final List<StartLine> lines;
    private volatile boolean draining;

    private NumaServer(ServerConfig config, List<Share> shares, ChildCommand command, Pinning pinning, PrintStream err)
            throws StartFailure {
        this.config = config;
        this.pinning = pinning;
        this.scheduler = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "kvstore-supervisor");
            thread.setDaemon(true);
            return thread;
        });
        this.processes = new ServerProcesses(shares.stream()
                .map(share -> new SupervisedProcess(
                        share.name(),
                        portOf(config, share),
                        port -> ChildProcess.start(share.name(), command.of(share, port), err),
                        scheduler,
                        System::nanoTime))
                .toList());
        // Of a process that is told to end before it serves: what drains one that serves is not there yet.
        Thread endTheStart = new Thread(() -> stop(CLOSING), "kvstore-end-start");
        boolean complete = false;
        try {
            Runtime.getRuntime().addShutdownHook(endTheStart);
            admin = startAdmin();
            lines = startProcesses();
            complete = true;
        } finally {
            if (isUnused(endTheStart) && !complete) {
                scheduler.shutdownNow();
            }
        }
    }

    // Takes it out; false when it runs, and needs the scheduler.
    private static boolean isUnused(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            return false;
        }
    }

    /**
     * Starts a process for each share; returns when all serve.
     *
     * @throws StartFailure when one cannot; none is left running then
     */
    static NumaServer start(
            ServerConfig config, List<Share> shares, ChildCommand command, Pinning pinning, PrintStream err)
            throws StartFailure {
        command.check(shares);
        if (config.sharedPort() && config.port() == 0) {
            throw new BadSetting(Flag.PORT.option() + ": '0' (expected: a port that processes can share)");
        }
        if (!config.sharedPort() && config.port() + shares.size() - 1 > MAX_PORT) {
            throw new BadSetting(Flag.PORT.option() + ": '" + config.port() + "' (expected: at most "
                    + (MAX_PORT - shares.size() + 1) + ", as each of " + shares.size() + " processes has its own)");
        }
        for (Share share : shares) {
            ListenAddress.check(config.host(), portOf(config, share), config.sharedPort());
        }
        if (config.backend() == ServerConfig.BackendKind.FILE) {
            DataLayout.check(config.dataDir(), shares.size());
        }
        return new NumaServer(config, shares, command, pinning, err);
    }

    private static int portOf(ServerConfig config, Share share) {
        return config.port() == 0 || config.sharedPort() ? config.port() : config.port() + share.index();
    }

    private Optional<AdminEndpoint> startAdmin() throws StartFailure {
        ProcessPages pages = new ProcessPages(processes.all());
        return AdminEndpoint.start(
                config.adminPort(),
                () -> draining ? Health.DRAINING : pages.health(),
                config.metrics() ? Optional.of(pages::metrics) : Optional.empty());
    }

    private List<StartLine> startProcesses() throws StartFailure {
        try {
            return processes.start().join();
        } catch (CompletionException e) {
            stop(CLOSING);
            admin.ifPresent(AdminEndpoint::close);
            if (e.getCause() instanceof StartFailure failure) {
                throw failure;
            }
            throw e;
        }
    }

    private boolean stop(Duration patience) {
        // A killed process ends, unless the system holds it in a call to a broken disk.
        return processes
                .stop(patience)
                .completeOnTimeout(false, patience.plus(CLOSING).toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    @Override
    public String startLine(long startNanos) {
        StartLine first = lines.get(0);
        return new StartLine(
                        first.host(),
                        first.port(),
                        config.backendText(),
                        chunksFound(),
                        first.transport(),
                        admin.map(endpoint -> OptionalInt.of(endpoint.port())).orElse(OptionalInt.empty()),
                        startNanos / 1_000_000)
                .text(
                        lines.stream().map(StartLine::address).distinct().collect(Collectors.joining(", ")),
                        lines.size() + " processes, " + pinning.description() + ", ");
    }

    private OptionalLong chunksFound() {
        return lines.get(0).chunksFound().isEmpty() // nor has another then: they have one configuration
                ? OptionalLong.empty()
                : OptionalLong.of(lines.stream()
                        .mapToLong(line -> line.chunksFound().orElse(0))
                        .sum());
    }

    @Override
    public boolean drain(Duration grace) {
        draining = true;
        LOG.info("Draining: processes={} graceSeconds={}", lines.size(), grace.toSeconds());
        boolean orderly = stop(grace.plus(CLOSING));
        scheduler.shutdownNow();
        admin.ifPresent(AdminEndpoint::close);
        return orderly;
    }
}
