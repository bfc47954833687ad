package io.kvstore.server;

import io.kvstore.api.KVStores;
import io.kvstore.grpc.GrpcKVStores;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The server in a process of its own, from the class path of the test: signals and exit codes are those of the real one. */
final class ChildServer implements AutoCloseable {

    /** Far beyond what any test takes, so that only a hang runs into it. */
    private static final long PATIENCE_SECONDS = 60;

    private static final Pattern START_LINE = Pattern.compile(
            "kvstore listening on (127\\.0\\.0\\.1:\\d+(?:, 127\\.0\\.0\\.1:\\d+)*) \\(.*, started in (\\d+) ms\\)");
    private static final Pattern ADMIN = Pattern.compile("admin (127\\.0\\.0\\.1:\\d+)");

    private final Process process;
    private final List<String> stderr = Collections.synchronizedList(new ArrayList<>());
    private final Thread stderrReader;
    private final BufferedReader stdout;
    private String startLine = "";
    private List<Integer> ports = List.of();
    private long startMillis;
    private @Nullable HeldCall held;

    private ChildServer(Process process) {
        this.process = process;
        this.stdout = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.stderrReader = new Thread(this::drainStderr, "child-stderr");
        stderrReader.setDaemon(true);
        stderrReader.start();
    }

    private void drainStderr() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(this::said);
        } catch (IOException | UncheckedIOException e) {
            said("(stderr ended: " + e + ")");
        }
    }

    private void said(String line) {
        synchronized (stderr) {
            stderr.add(line);
            stderr.notifyAll();
        }
    }

    /** Starts a process with exactly these arguments and waits for nothing. */
    static ChildServer launch(String... arguments) throws IOException {
        return launch(List.of(), arguments);
    }

    private static ChildServer launch(List<String> jvmFlags, String... arguments) throws IOException {
        return launch(List.of(), jvmFlags, arguments);
    }

    private static ChildServer launch(List<String> launcher, List<String> jvmFlags, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Up fast, and small beside others.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(jvmFlags);
        command.add(KvstoreServer.class.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("KV_"));
        // A JVM that is given options there says so, among what the tests expect.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        return new ChildServer(builder.start());
    }

    /** Starts a server, on a free port if none is named, and waits until it serves. */
    static ChildServer serving(String... arguments) throws IOException {
        return serving(List.of(), arguments);
    }

    /** The same, of a process that has a server for itself alone. */
    static ChildServer startedBy(long pid, String... arguments) throws IOException {
        return serving(List.of("-Dkvstore.parent.pid=" + pid), arguments);
    }

    /** The same with flags for its JVM. */
    static ChildServer serving(List<String> jvmFlags, String... arguments) throws IOException {
        return serving(List.of(), jvmFlags, arguments);
    }

    /** The same as the one child of this process, which never asks what has become of it: killed, it stays as a zombie. */
    static ChildServer servingUnderOneThatReapsNobody(String... arguments) throws IOException {
        return serving(List.of("sh", "-c", "\"$@\" & exec sleep 600", "sh"), List.of(), arguments);
    }

    private static ChildServer serving(List<String> launcher, List<String> jvmFlags, String... arguments)
            throws IOException {
        List<String> all = new ArrayList<>(List.of("--host", "127.0.0.1"));
        all.addAll(List.of(arguments));
        if (!all.contains("--port")) {
            all.addAll(List.of("--port", "0"));
        }
        ChildServer child = launch(launcher, jvmFlags, all.toArray(new String[0]));
        String line = child.stdout.readLine();
        Matcher start = START_LINE.matcher(String.valueOf(line));
        if (!start.matches()) {
            child.close();
            throw new AssertionError("expected: a start line, came: '" + line + "', stderr: " + child.stderr);
        }
        child.startLine = start.group();
        child.ports = Arrays.stream(start.group(1).split(", "))
                .map(address -> Integer.valueOf(address.substring(address.indexOf(':') + 1)))
                .toList();
        child.startMillis = Long.parseLong(start.group(2));
        return child;
    }

    String startLine() {
        return startLine;
    }

    /** One for each process that serves. */
    List<Integer> ports() {
        return ports;
    }

    /** The processes that this one has started and that run, by their age. */
    List<ProcessHandle> children() {
        return process.children()
                .sorted(Comparator.comparing(ProcessHandle::pid))
                .toList();
    }

    /** Waits until so many run. */
    List<ProcessHandle> awaitChildren(int count) {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        List<ProcessHandle> running = children();
        while (running.size() != count) {
            if (!process.isAlive() || System.nanoTime() - endNanos > 0) {
                throw new AssertionError("expected: " + count + " children, run: " + running + ", stderr: " + stderr);
            }
            running = children();
        }
        return running;
    }

    /** The text of a page of the admin endpoint, which has to be there. */
    String adminPage(String path) throws IOException, InterruptedException {
        Matcher admin = ADMIN.matcher(startLine);
        if (!admin.find()) {
            throw new AssertionError("no admin endpoint: " + startLine);
        }
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + admin.group(1) + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError("expected: 200, came: " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    /** What the server itself says that its start took. */
    long startMillis() {
        return startMillis;
    }

    KVStores client() {
        return GrpcKVStores.builder("127.0.0.1:" + ports.get(0)).build();
    }

    /** The most memory it has had, mapped pages included. */
    long peakResidentBytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            String peak =
                    lines.filter(line -> line.startsWith("VmHWM:")).findFirst().orElseThrow();
            return 1024 * Long.parseLong(peak.replaceAll("\\D", ""));
        }
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        // The handle, as the process's own destroy closes its streams, and with them what it still has to say.
        process.toHandle().destroy();
    }

    /** Any signal by its name; returns when it is sent. */
    void signal(String name) throws IOException, InterruptedException {
        signal(process.toHandle(), name);
    }

    /** The same to another process. */
    static void signal(ProcessHandle process, String name) throws IOException, InterruptedException {
        int sent = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (sent != 0 && process.isAlive()) {
            throw new AssertionError("kill -" + name + " failed with " + sent);
        }
    }

    /** The same again and again, as an operator would who wants it to end. */
    void signalUntilItEnds(String name) throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        do {
            signal(name);
        } while (!process.waitFor(100, TimeUnit.MILLISECONDS) && System.nanoTime() - endNanos < 0);
    }

    /**
     * Begins a call that does not end by itself, and waits until it is under way.
     *
     * @param metric what the server then says
     */
    void holdCall(String metric) throws IOException, InterruptedException {
        held = new HeldCall(ports.get(0));
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!adminPage("/metrics").contains(metric)) {
            if (System.nanoTime() - endNanos > 0) {
                throw new AssertionError("expected: " + metric + ", came: " + adminPage("/metrics"));
            }
        }
    }

    /** Waits until a line on stderr contains {@code text}. */
    void awaitStderr(String text) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (stderr) {
            while (stderr.stream().noneMatch(line -> line.contains(text))) {
                long millis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
                if (millis <= 0 || !process.isAlive()) {
                    throw new AssertionError("expected: '" + text + "', stderr: " + stderr);
                }
                stderr.wait(millis);
            }
        }
    }

    /** SIGKILL: no hook, no flush, no farewell. */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    /** Waits for the end; the exit code. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the server did not end within " + PATIENCE_SECONDS + " s, stderr: " + stderr);
        }
        stderrReader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        return process.exitValue();
    }

    List<String> stderr() {
        return List.copyOf(stderr);
    }

    @Override
    public void close() {
        if (held != null) {
            held.close();
        }
        process.destroyForcibly();
        process.onExit().join();
    }
}
