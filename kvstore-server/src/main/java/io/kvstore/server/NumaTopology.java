package io.kvstore.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The NUMA nodes of this machine, as far as this process may use them: a container or {@code taskset} may leave it a part.
 * Nodes without a CPU that it may use are left out, since no process can run there.
 *
 * @param nodes at least one; by their number
 * @param trouble why {@code nodes} is one node with all CPUs instead of what the machine has; empty when it is what it has
 */
record NumaTopology(List<NumaNode> nodes, Optional<String> trouble) {

    private static final Path NODES = Path.of("/sys/devices/system/node");
    private static final Path STATUS = Path.of("/proc/self/status");

    private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
    private static final int MAX_FILE_BYTES = 1 << 16;

    /** Reads what the system says of itself. */
    static NumaTopology ofThisMachine() {
        return read(NODES, STATUS, Runtime.getRuntime().availableProcessors());
    }

    /**
     * Reads a machine from its files. What cannot be read or understood makes one node of it: half of a machine that looks
     * like the whole would be worse.
     *
     * @param nodesDir the folder that Linux describes its nodes in
     * @param status what Linux says of this process: the CPUs and nodes that it is allowed
     * @param processors how many CPUs there are when the process's status does not say
     */
    static NumaTopology read(Path nodesDir, Path status, int processors) {
        CpuList cpus = CpuList.first(processors);
        try {
            cpus = allowed(status, "Cpus_allowed_list").orElse(cpus);
            Optional<CpuList> memories = allowed(status, "Mems_allowed_list");
            List<NumaNode> nodes = new ArrayList<>();
            for (int id : list(nodesDir.resolve("online")).ids()) {
                Path dir = nodesDir.resolve("node" + id);
                CpuList own = list(dir.resolve("cpulist")).and(cpus);
                if (!own.isEmpty()) {
                    boolean mayUse = memories.isEmpty() || memories.get().ids().contains(id);
                    nodes.add(new NumaNode(id, own, mayUse ? memoryBytes(dir.resolve("meminfo")) : 0));
                }
            }
            if (nodes.isEmpty()) {
                throw new IOException(nodesDir + ": no node has a CPU that this process may use");
            }
            return new NumaTopology(List.copyOf(nodes), Optional.empty());
        } catch (IOException e) {
            String why = FileFailure.text(e);
            return new NumaTopology(List.of(new NumaNode(0, cpus, 0)), Optional.of(OneLine.of(why)));
        }
    }

    private static Optional<CpuList> allowed(Path status, String key) throws IOException {
        Matcher line = Pattern.compile("^" + key + ":(.*)$", Pattern.MULTILINE).matcher(text(status));
        return line.find() ? Optional.of(parse(status, line.group(1))) : Optional.empty();
    }

    private static CpuList list(Path file) throws IOException {
        return parse(file, text(file));
    }

    private static CpuList parse(Path file, String list) throws IOException {
        try {
            return CpuList.parse(list);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static long memoryBytes(Path file) throws IOException {
        Matcher total = MEMORY.matcher(text(file));
        if (!total.find()) {
            throw new IOException(file + ": no MemTotal");
        }
        return Long.parseLong(total.group(1)) << 10;
    }

    private static String text(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_FILE_BYTES), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read (" + FileFailure.reason(e) + ")", e);
        }
    }
}
