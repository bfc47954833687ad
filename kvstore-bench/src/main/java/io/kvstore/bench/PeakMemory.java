package io.kvstore.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Peak resident memory of a process of this machine, as Linux counts it (pages of mapped files included). */
final class PeakMemory {

    private static final String LISTEN = "0A";
    private static final double MEBI = 1 << 20;

    private PeakMemory() {}

    static OptionalLong ofThisProcess() {
        return ofProcess(ProcessHandle.current().pid());
    }

    /** In bytes; nothing when the process is gone, is not ours to look at, or the system is no Linux. */
    static OptionalLong ofProcess(long pid) {
        try (Stream<String> lines =
                Files.lines(Path.of("/proc", Long.toString(pid), "status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> 1_024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException | RuntimeException e) {
            return OptionalLong.empty();
        }
    }

    /** Of the process that listens on a TCP port of this machine. */
    static OptionalLong ofListener(int port) {
        try {
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                for (String line : Files.readAllLines(Path.of(table), StandardCharsets.ISO_8859_1)) {
                    String[] fields = line.trim().split("\\s+", -1);
                    if (fields.length > 9
                            && fields[1].endsWith(String.format(":%04X", port))
                            && fields[3].equals(LISTEN)) {
                        OptionalLong peak = ofSocketOwner("socket:[" + fields[9] + "]");
                        if (peak.isPresent()) {
                            return peak;
                        }
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    private static OptionalLong ofSocketOwner(String socket) {
        return ProcessHandle.allProcesses()
                .filter(process -> holds(process.pid(), socket))
                .mapToLong(ProcessHandle::pid)
                .mapToObj(PeakMemory::ofProcess)
                .filter(OptionalLong::isPresent)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    private static boolean holds(long pid, String socket) {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.anyMatch(descriptor -> linksTo(descriptor, socket));
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    private static boolean linksTo(Path descriptor, String target) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals(target);
        } catch (IOException e) {
            return false;
        }
    }

    static String text(OptionalLong bytes) {
        return bytes.isPresent() ? String.format(Locale.ROOT, "%,.0f MiB", bytes.getAsLong() / MEBI) : "not known";
    }
}
