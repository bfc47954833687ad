package io.kvstore.server;

import java.util.ArrayList;
import java.util.List;

/**
 * What one of several processes gets of the machine, and of what one process alone would have got.
 *
 * @param index from 0, in the order of the nodes
 * @param cpus the ones it runs on
 * @param memoryNodes the nodes that its memory comes from; empty for wherever there is some
 * @param cpuPart of all CPUs of the server, 0 to 1
 * @param memoryPart of all memory of the server, 0 to 1
 * @param processes how many share the machine
 */
record Share(int index, CpuList cpus, List<Integer> memoryNodes, double cpuPart, double memoryPart, int processes) {

    /** CPUs of one process, each with the node it belongs to and the memory that is next to it. */
    private record Part(List<NumaNode> pieces) {

        CpuList cpus() {
            return new CpuList(pieces.stream()
                    .flatMap(piece -> piece.cpus().ids().stream())
                    .toList());
        }

        long memoryBytes() {
            return pieces.stream().mapToLong(NumaNode::memoryBytes).sum();
        }

        boolean hasMemory() {
            return pieces.stream().allMatch(piece -> piece.memoryBytes() > 0);
        }

        List<Integer> memoryNodes() {
            return hasMemory() ? pieces.stream().map(NumaNode::id).toList() : List.of();
        }
    }

    /** One process for each node. */
    static List<Share> oneForEachNode(NumaTopology topology) {
        return of(topology.nodes().stream().map(node -> new Part(List.of(node))).toList());
    }

    /**
     * As many processes as asked for: nodes are divided evenly, and a process has parts of two only where the numbers do not
     * allow anything else.
     *
     * @throws BadSetting when there are not as many CPUs
     */
    static List<Share> ofCount(NumaTopology topology, int processes) {
        List<NumaNode> nodes = topology.nodes();
        int cpus = nodes.stream().mapToInt(node -> node.cpus().size()).sum();
        if (processes > cpus) {
            throw new BadSetting(Flag.NUMA.option() + ": '" + processes + "' (expected: at most " + cpus
                    + ", the CPUs that this process may use)");
        }
        int each = processes / nodes.size();
        boolean wholeParts = processes % nodes.size() == 0
                && nodes.stream().allMatch(node -> node.cpus().size() >= each);
        List<Part> parts = new ArrayList<>();
        if (wholeParts) {
            nodes.forEach(node -> parts.addAll(divided(List.of(node), each)));
        } else {
            parts.addAll(divided(nodes, processes));
        }
        return of(parts);
    }

    private static List<Part> divided(List<NumaNode> nodes, int count) {
        int cpus = nodes.stream().mapToInt(node -> node.cpus().size()).sum();
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(cut(nodes, (int) ((long) cpus * i / count), (int) ((long) cpus * (i + 1) / count)));
        }
        return parts;
    }

    /** The CPUs from place {@code from} to before {@code to}, counted over all nodes. */
    private static Part cut(List<NumaNode> nodes, int from, int to) {
        List<NumaNode> pieces = new ArrayList<>();
        int start = 0;
        for (NumaNode node : nodes) {
            int size = node.cpus().size();
            int first = Math.max(from, start) - start;
            int last = Math.min(to, start + size) - start;
            if (first < last) {
                long memory = node.memoryBytes() / size * (last - first);
                pieces.add(new NumaNode(node.id(), node.cpus().slice(first, last), memory));
            }
            start += size;
        }
        return new Part(pieces);
    }

    private static List<Share> of(List<Part> parts) {
        double cpus = parts.stream().mapToInt(part -> part.cpus().size()).sum();
        double memory = parts.stream().mapToLong(Part::memoryBytes).sum();
        // A node without memory, or of which nothing is known, gets by its CPUs; then all do.
        boolean byMemory = parts.stream().allMatch(Part::hasMemory);
        List<Share> shares = new ArrayList<>();
        for (Part part : parts) {
            double cpuPart = part.cpus().size() / cpus;
            double memoryPart = byMemory ? part.memoryBytes() / memory : cpuPart;
            shares.add(new Share(shares.size(), part.cpus(), part.memoryNodes(), cpuPart, memoryPart, parts.size()));
        }
        return List.copyOf(shares);
    }

    /** As it is called in logs, and where it keeps its data. */
    String name() {
        return "node-" + index;
    }

    int threadsOf(int total) {
        return Math.max(1, (int) Math.round(total * cpuPart));
    }

    long memoryOf(long totalBytes) {
        return (long) (totalBytes * memoryPart);
    }

    /** Disks are everybody's: evenly, whatever the nodes are like. */
    long diskOf(long totalBytes) {
        return totalBytes / processes;
    }
}
