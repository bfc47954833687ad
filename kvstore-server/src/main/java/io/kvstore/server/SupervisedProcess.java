package io.kvstore.server;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process that has to run: started again whenever it ends, after a pause that doubles from half a second to half a minute
 * while it does not stay up for a minute. Only the first start has to succeed: whatever keeps a process from starting at all
 * is for the operator, who is still looking.
 *
 * <p>Threading: everything happens on the scheduler, which has one thread; methods may be called from any.
 */
final class SupervisedProcess {

    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int MAX_DOUBLINGS = 6;
    /** Up for so long, it counts as healthy and its next end as the first one. */
    private static final Duration STABLE = Duration.ofMinutes(1);
    /** A store of many segments is opened in seconds: a start that takes longer hangs. */
    private static final Duration LONGEST_START = Duration.ofMinutes(10);

    /** What {@link #state} tells. */
    enum Phase {
        STARTING,
        SERVING,
        WAITING,
        ENDED
    }

    /**
     * How it is with the process.
     *
     * @param why for a person
     * @param adminPort while it serves and has one
     * @param starts how often it was started
     */
    record State(Phase phase, String why, OptionalInt adminPort, long starts) {}

    private final String name;
    private final Child.Launcher launcher;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoClock;
    private final CompletableFuture<StartLine> firstStart = new CompletableFuture<>();
    private final CompletableFuture<Integer> stopped = new CompletableFuture<>();
    private int port;
    private long starts;
    private int shortLives;
    private long servingSinceNanos;
    private boolean stopping;
    private boolean served;
    private @Nullable Child child;
    private @Nullable ScheduledFuture<?> timer;
    private volatile State state = new State(Phase.STARTING, "is starting", OptionalInt.empty(), 0);

    /**
     * A process that is not started yet.
     *
     * @param port 0 for any free one; it keeps the one that it got
     */
    SupervisedProcess(
            String name,
            int port,
            Child.Launcher launcher,
            ScheduledExecutorService scheduler,
            LongSupplier nanoClock) {
        this.name = name;
        this.port = port;
        this.launcher = launcher;
        this.scheduler = scheduler;
        this.nanoClock = nanoClock;
    }

    String name() {
        return name;
    }

    State state() {
        return state;
    }

    /** Starts it; done when it serves for the first time, failed with a {@link StartFailure} when it ends before that. */
    CompletableFuture<StartLine> start() {
        scheduler.execute(this::launch);
        return firstStart;
    }

    /**
     * Asks it to end and starts it no more.
     *
     * @param patience how long it may take before it is killed
     * @return its exit code, 0 when it did not serve: then there was nothing to end in order
     */
    CompletableFuture<Integer> stop(Duration patience) {
        scheduler.execute(() -> {
            stopping = true;
            served = state.phase() == Phase.SERVING;
            cancelTimer();
            Child running = child;
            if (running == null) {
                end(0);
                return;
            }
            running.terminate();
            timer = scheduler.schedule(running::kill, patience.toMillis(), TimeUnit.MILLISECONDS);
        });
        return stopped;
    }

    private void launch() {
        if (stopping) {
            return;
        }
        starts++;
        tell(Phase.STARTING, "is starting", OptionalInt.empty());
        try {
            Child launched = launcher.launch(port);
            child = launched;
            watch(launched);
        } catch (IOException | RuntimeException | Error e) { // whatever it is: the scheduler would keep it to itself
            abandon(child);
            endedBy("cannot be run: " + OneLine.of(String.valueOf(e.getMessage())), 1);
        }
    }

    private void watch(Child started) {
        timer = scheduler.schedule(started::kill, LONGEST_START.toMillis(), TimeUnit.MILLISECONDS);
        started.serving().thenAcceptAsync(line -> serves(started, line), scheduler);
        started.ended().thenAcceptAsync(code -> ended(started, "exit code " + code, code), scheduler);
    }

    /** A process that nobody watches would hold its port and its data against the one that is started next. */
    private void abandon(@Nullable Child unwatched) {
        if (unwatched != null) {
            child = null;
            cancelTimer();
            unwatched.kill();
        }
    }

    private void serves(Child started, StartLine line) {
        if (child != started || state.phase() != Phase.STARTING) {
            return;
        }
        cancelTimer();
        port = line.port();
        servingSinceNanos = nanoClock.getAsLong();
        tell(Phase.SERVING, "serves", line.adminPort());
        if (!firstStart.complete(line)) {
            LOG.info("Serves again: process={} address={} starts={}", name, line.address(), starts);
        }
    }

    private void ended(Child which, String why, int code) {
        if (child == which) {
            child = null;
            cancelTimer();
            endedBy(why, code);
        }
    }

    private void endedBy(String why, int code) {
        if (stopping) {
            end(served ? code : 0);
        } else if (!firstStart.isDone()) {
            end(code);
            firstStart.completeExceptionally(new StartFailure(name + " did not start (" + why + ")"));
        } else {
            startLater(why);
        }
    }

    private void startLater(String why) {
        boolean stable =
                state.phase() == Phase.SERVING && nanoClock.getAsLong() - servingSinceNanos >= STABLE.toNanos();
        shortLives = stable ? 0 : shortLives;
        long pauseMillis =
                Math.min(FIRST_PAUSE.toMillis() << Math.min(shortLives, MAX_DOUBLINGS), LONGEST_PAUSE.toMillis());
        shortLives++;
        LOG.warn("Ended, starts again: process={} why=\"{}\" pauseMillis={}", name, why, pauseMillis);
        tell(Phase.WAITING, "ended (" + why + ") and starts again in " + pauseMillis + " ms", OptionalInt.empty());
        timer = scheduler.schedule(this::launch, pauseMillis, TimeUnit.MILLISECONDS);
    }

    private void end(int code) {
        tell(Phase.ENDED, "has ended", OptionalInt.empty());
        stopped.complete(code);
    }

    private void tell(Phase phase, String why, OptionalInt adminPort) {
        state = new State(phase, why, adminPort, starts);
    }

    private void cancelTimer() {
        ScheduledFuture<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
        }
        timer = null;
    }
}
