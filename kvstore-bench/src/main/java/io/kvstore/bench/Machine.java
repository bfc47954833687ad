package io.kvstore.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** What this machine and this program are, for whoever reads figures. */
final class Machine {

    private static final double KIB_PER_GIB = 1 << 20;
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** Processor, cores, memory, kernel. */
    static Map<String, String> describe() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("cpu", field(Path.of("/proc/cpuinfo"), "model name").orElse(UNKNOWN));
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.put(
                "memory",
                field(Path.of("/proc/meminfo"), "MemTotal")
                        .map(kib -> String.format(
                                Locale.ROOT, "%.1f GiB", Long.parseLong(kib.replaceAll("\\D", "")) / KIB_PER_GIB))
                        .orElse(UNKNOWN));
        machine.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return machine;
    }

    private static Optional<String> field(Path file, String name) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** How many processes wanted to run, on average, in the last 1, 5 and 15 minutes. */
    static String loadAverage() {
        try {
            String[] fields = Files.readString(Path.of("/proc/loadavg"), StandardCharsets.UTF_8)
                    .split(" ", -1);
            return fields[0] + " " + fields[1] + " " + fields[2];
        } catch (IOException | RuntimeException e) {
            return UNKNOWN;
        }
    }

    /** Of the JDK, of this program and of the libraries that matter. */
    static Map<String, String> versions(Optional<Path> redis) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        Properties built = built();
        versions.put("kvstore", built.getProperty("kvstore", UNKNOWN));
        versions.put("commit", commit());
        versions.put("netty", built.getProperty("netty", UNKNOWN));
        versions.put("grpc", built.getProperty("grpc", UNKNOWN));
        versions.put("redis", redis.map(RedisProcess::version).orElse("not there"));
        return versions;
    }

    private static Properties built() {
        Properties built = new Properties();
        try (var in = Machine.class.getResourceAsStream("versions.properties")) {
            if (in != null) {
                built.load(in);
            }
        } catch (IOException e) {
            // Then they are unknown.
        }
        return built;
    }

    private static String commit() {
        try {
            Process git = new ProcessBuilder(
                            "git",
                            "-C",
                            System.getProperty("kvstore.home", "."),
                            "describe",
                            "--always",
                            "--dirty",
                            "--exclude=*")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return said.isEmpty() ? UNKNOWN : said;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
