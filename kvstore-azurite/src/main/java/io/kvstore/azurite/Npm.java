package io.kvstore.azurite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** npm, as configured on this machine: registry, proxy and certificates are its own business. */
final class Npm {

    private static final long INSTALL_MINUTES = 10;
    private static final int REPORTED_LINES = 3;

    private final String command;

    Npm(String command) {
        this.command = command;
    }

    /** Installs exactly what the lock file in {@code directory} says, with checked hashes, running no package's scripts. */
    void installInto(Path directory) throws IOException {
        Path log = directory.resolve("npm.log");
        Process npm = start(directory, log);
        try {
            // A question would wait for ever.
            npm.getOutputStream().close();
            if (!npm.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES)) {
                throw new AzuriteMissingException("npm did not install Azurite within " + INSTALL_MINUTES + " minutes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AzuriteMissingException("interrupted while npm installed Azurite", e);
        } finally {
            npm.descendants().forEach(ProcessHandle::destroyForcibly);
            npm.destroyForcibly();
        }
        if (npm.exitValue() != 0) {
            throw new AzuriteMissingException("npm could not install Azurite: " + firstLines(log));
        }
    }

    private Process start(Path directory, Path log) throws AzuriteMissingException {
        try {
            return new ProcessBuilder(
                            command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new AzuriteMissingException(
                    "Azurite needs npm, and '" + command + "' can't be run: install Node.js 18 or newer with npm", e);
        }
    }

    private static String firstLines(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.map(String::strip)
                    .filter(line -> line.contains("npm error") || line.contains("npm ERR!"))
                    .limit(REPORTED_LINES)
                    .collect(Collectors.joining(" / "));
        }
    }
}
