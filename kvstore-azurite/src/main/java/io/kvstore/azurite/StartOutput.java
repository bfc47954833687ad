package io.kvstore.azurite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Azurite says at its start, and after: a pipe that nobody reads would stop it. */
final class StartOutput {

    /** Two seconds on an idle machine, twenty seen on a busy one. */
    private static final long START_SECONDS = 60;

    private static final int KEPT_LINES = 5;
    private static final Pattern LISTENING =
            Pattern.compile("Azurite Blob service successfully listens on (https?://\\S+)");

    private final Process process;
    private final CompletableFuture<URI> address = new CompletableFuture<>();
    private final Deque<String> last = new ArrayDeque<>();

    private StartOutput(Process process) {
        this.process = process;
    }

    /** Reads on from now to the end of the process. */
    static StartOutput of(Process process) {
        StartOutput output = new StartOutput(process);
        Thread reader = new Thread(output::read, "kvstore-azurite-output");
        reader.setDaemon(true);
        reader.start();
        return output;
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(this::line);
        } catch (IOException | UncheckedIOException e) {
            line("(its output can't be read: " + e.getMessage() + ")");
        }
        address.completeExceptionally(new IOException("Azurite ended instead of starting: " + lastLines()));
    }

    private void line(String line) {
        synchronized (last) {
            if (last.size() == KEPT_LINES) {
                last.removeFirst();
            }
            last.addLast(line.strip());
        }
        Matcher listening = LISTENING.matcher(line);
        if (listening.find()) {
            address.complete(URI.create(listening.group(1)));
        }
    }

    private String lastLines() {
        synchronized (last) {
            return String.join(" / ", last);
        }
    }

    /** Where it listens, once it does. When it doesn't, it is ended. */
    URI address() throws IOException {
        boolean listens = false;
        try {
            URI found = address.get(START_SECONDS, TimeUnit.SECONDS);
            listens = true;
            return found;
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("Azurite did not listen within " + START_SECONDS + " s: " + lastLines(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Azurite started", e);
        } finally {
            if (!listens) {
                process.destroyForcibly();
            }
        }
    }
}
