package io.kvstore.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A kvstore server in a process of its own, as an operator would start it: {@code java -jar kvstore-server.jar}. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern START_LINE = Pattern.compile("kvstore listening on [^ ]+:(\\d+) .*");
    private static final int MAX_LINES_BEFORE_START = 100;

    /** A server that takes gigabytes of memory at its start needs up to 10 s for each of them on a busy virtual machine. */
    private static final long MAX_START_SECONDS = 180;

    private static final long STOP_SECONDS = 30;
    private static final int EXIT_KILLED = 137;

    private final Process process;
    private String startLine = "";
    private int port;

    private ServerProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a server on a free port of the loopback interface and waits for nothing: whoever has it can end it from here on.
     *
     * @param jar kvstore-server.jar
     */
    static ServerProcess launch(Path jar, List<String> arguments) throws IOException {
        return launch(List.of("-jar", jar.toString()), arguments, Map.of());
    }

    /**
     * As {@link #launch(Path, List)}.
     *
     * @param program what java is told to run
     * @param environment variables on top of this process's
     */
    static ServerProcess launch(List<String> program, List<String> arguments, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        // A demo that is killed takes its server along.
        command.add("-Dkvstore.parent.pid=" + ProcessHandle.current().pid());
        command.addAll(program);
        command.addAll(List.of("--port", "0", "--host", "127.0.0.1"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start());
    }

    /**
     * Waits until it serves.
     *
     * @throws IOException with what it said when it does not start
     */
    void awaitStart() throws IOException {
        AtomicBoolean started = new AtomicBoolean();
        // Ends the wait below: a process that is gone says nothing more.
        CompletableFuture.delayedExecutor(MAX_START_SECONDS, TimeUnit.SECONDS).execute(() -> {
            if (!started.get()) {
                process.destroyForcibly();
            }
        });
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> before = new ArrayList<>();
        String line;
        while (before.size() < MAX_LINES_BEFORE_START && (line = said.readLine()) != null) {
            Matcher start = START_LINE.matcher(line);
            if (start.matches()) {
                started.set(true);
                startLine = line;
                port = Integer.parseInt(start.group(1));
                passOn(said);
                return;
            }
            before.add(line);
        }
        throw new IOException(
                "the server did not start, or not within " + MAX_START_SECONDS + " s: " + String.join(" / ", before));
    }

    // A pipe that nobody reads fills up and stops the server.
    private static void passOn(BufferedReader said) {
        Thread thread = new Thread(
                () -> {
                    try {
                        said.lines().forEach(System.err::println);
                    } catch (UncheckedIOException ended) {
                        // The process was ended before it had said everything.
                    }
                },
                "server-output");
        thread.setDaemon(true);
        thread.start();
    }

    String startLine() {
        return startLine;
    }

    String target() {
        return "127.0.0.1:" + port;
    }

    long pid() {
        return process.pid();
    }

    /** Asks it to end as SIGTERM does, kills it when it does not; its exit code. */
    int stop() {
        // The handle, as the process's own destroy closes its streams, and with them what it still has to say.
        process.toHandle().destroy();
        boolean interrupted = false;
        try {
            if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            process.destroyForcibly();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return EXIT_KILLED;
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            stop();
        }
    }
}
