package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whoever ends a run ends all of it. */
class InterruptedBenchTest {

    private static final long PATIENCE_SECONDS = 60;

    /** The failure: the run held the lock that its end takes for as long as the storage did not say that it serves. */
    @Test
    void a_run_that_waits_for_its_storage_ends_with_it() throws Exception {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        command.addAll(JavaCommand.program(Kvstore.class.getName()));
        command.addAll(List.of("bench", "--storage", "fake", "--only", "^Read/1.2MB/8$"));
        Process bench = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            ProcessHandle storage = awaitChild(bench);
            // Before it can have said anything: a JVM takes longer to start.
            stop(storage);

            bench.destroy();

            assertThat(bench.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            storage.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            bench.descendants().forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
        }
    }

    private static ProcessHandle awaitChild(Process bench) {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Optional<ProcessHandle> child = Optional.empty();
        while (child.isEmpty()) {
            assertThat(bench.isAlive()).isTrue();
            assertThat(System.nanoTime()).as("no storage was started").isLessThan(endNanos);
            child = bench.children().findFirst();
            Thread.onSpinWait();
        }
        return child.get();
    }

    /** As one that hangs. */
    private static void stop(ProcessHandle process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }
}
