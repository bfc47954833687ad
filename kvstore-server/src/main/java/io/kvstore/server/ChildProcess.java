package io.kvstore.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A {@link Child} of the operating system. Its logs go where this process's go; its stdout is read here for the start line. */
final class ChildProcess implements Child {

    private final Process process;
    private final CompletableFuture<StartLine> serving = new CompletableFuture<>();
    private final CompletableFuture<Integer> ended;

    private ChildProcess(Process process) {
        this.process = process;
        this.ended = process.onExit().thenApply(Process::exitValue);
    }

    /**
     * Starts a process.
     *
     * @param name for what it says that is not a start line
     */
    static ChildProcess start(String name, List<String> command, PrintStream err) throws IOException {
        ChildProcess child = new ChildProcess(new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        try {
            Thread reader = new Thread(() -> child.read(name, err), "kvstore-" + name + "-output");
            reader.setDaemon(true);
            reader.start();
            return child;
        } catch (RuntimeException | Error e) { // no thread can be made, say: nobody else knows of the process
            child.kill();
            throw e;
        }
    }

    // To its end, as a pipe that nobody reads stops who writes.
    private void read(String name, PrintStream err) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines()
                    .forEach(line -> StartLine.parse(line)
                            .ifPresentOrElse(
                                    serving::complete,
                                    () -> err.println(Program.NAME + ": " + name + ": " + OneLine.of(line))));
        } catch (IOException | UncheckedIOException ended) {
            // The process ended before it had said everything.
        }
    }

    @Override
    public CompletableFuture<StartLine> serving() {
        return serving;
    }

    @Override
    public CompletableFuture<Integer> ended() {
        return ended;
    }

    @Override
    public void terminate() {
        // The handle, as the process's own destroy closes its streams, and with them what it still has to say.
        process.toHandle().destroy();
    }

    @Override
    public void kill() {
        process.toHandle().destroyForcibly();
    }
}
