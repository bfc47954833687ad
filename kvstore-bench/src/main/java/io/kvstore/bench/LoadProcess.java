package io.kvstore.bench;

import io.kvstore.bench.load.Job;
import io.kvstore.bench.load.LoadMain;
import io.kvstore.bench.load.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of {@link LoadMain}. It ends when it is closed, and when this process ends. Used by one thread at a time. */
final class LoadProcess implements AutoCloseable {

    private static final int MAX_OTHER_LINES = 1_000;
    private static final long END_SECONDS = 5;

    private final Process process;
    private final BufferedReader said;

    private LoadProcess(Process process) {
        this.process = process;
        this.said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts one; waits for nothing. */
    static LoadProcess launch(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        command.addAll(JavaCommand.program(LoadMain.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new LoadProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits for a line that starts so; the rest of it. */
    String await(String prefix) throws IOException {
        for (int i = 0; i < MAX_OTHER_LINES; i++) {
            String line = said.readLine();
            if (line == null) {
                throw new IOException("a process that makes load has ended");
            }
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
        }
        throw new IOException("a process that makes load says other things (expected: " + prefix.strip() + ")");
    }

    /** Tells it to do something; {@link #outcome} waits for what comes of it. */
    void tell(Job job) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((job.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    Outcome outcome() throws IOException {
        return Outcome.parse(await(LoadMain.OUTCOME_PREFIX));
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            // It is gone already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
