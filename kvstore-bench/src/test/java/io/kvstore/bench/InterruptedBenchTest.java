package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.azure.FakeBlobProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Whoever ends a run ends all of it. */
class InterruptedBenchTest {

    private static final long PATIENCE_SECONDS = 60;

    /** The failure: the run held the lock that its end takes for as long as the storage did not say that it serves. */
    @EnabledOnOs(value = OS.LINUX, disabledReason = "the command line of a process is looked up in /proc")
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
            ProcessHandle storage = awaitStorage(bench);
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

    /** Once it runs the storage: a JVM starts a program by a helper, and hangs with it when it is stopped too early. */
    private static ProcessHandle awaitStorage(Process bench) throws IOException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            assertThat(bench.isAlive()).isTrue();
            assertThat(System.nanoTime()).as("no storage was started").isLessThan(endNanos);
            for (ProcessHandle child : bench.children().toList()) {
                if (commandLine(child).contains(FakeBlobProcess.class.getName())) {
                    return child;
                }
            }
            Thread.onSpinWait();
        }
    }

    private static String commandLine(ProcessHandle process) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
    }

    /** As one that hangs. */
    private static void stop(ProcessHandle process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }
}
