package io.kvstore.server;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How a process is kept on its CPUs and its memory: by the tools that every Linux has or can have, as Java cannot do it.
 *
 * <p>numactl is given the CPUs and not the node ({@code --cpunodebind}): that is the same for a whole node, and right when the
 * server may use a part of it.
 */
enum Pinning {
    /** CPUs and memory. */
    NUMACTL("CPUs and memory pinned by numactl") {
        @Override
        List<String> prefix(Share share) {
            List<String> words = new ArrayList<>(List.of("numactl", "--physcpubind=" + share.cpus()));
            if (!share.memoryNodes().isEmpty()) {
                words.add("--membind="
                        + share.memoryNodes().stream().map(String::valueOf).collect(Collectors.joining(",")));
            }
            return words;
        }
    },
    /** CPUs alone; memory then mostly comes from their node, as Linux takes it from where it is first touched. */
    TASKSET("CPUs pinned by taskset") {
        @Override
        List<String> prefix(Share share) {
            return List.of("taskset", "-c", share.cpus().toString());
        }
    },
    /** Neither. */
    NONE("not pinned") {
        @Override
        List<String> prefix(Share share) {
            return List.of();
        }
    };

    private static final long PROBE_SECONDS = 10;

    private final String description;

    Pinning(String description) {
        this.description = description;
    }

    /** What to put in front of a command so that it runs where the share says. */
    abstract List<String> prefix(Share share);

    /** For a person. */
    String description() {
        return description;
    }

    /** The best one that works here, by trying: a container may have numactl and not be allowed to bind memory. */
    static Pinning best(List<Share> shares) {
        return best(shares, Pinning::runs);
    }

    static Pinning best(List<Share> shares, Predicate<List<String>> runs) {
        for (Pinning pinning : List.of(NUMACTL, TASKSET)) {
            boolean works = shares.stream().allMatch(share -> {
                List<String> command = new ArrayList<>(pinning.prefix(share));
                command.add("true");
                return runs.test(command);
            });
            if (works) {
                return pinning;
            }
        }
        return NONE;
    }

    private static boolean runs(List<String> command) {
        try {
            Process probe = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                probe.destroyForcibly();
                return false;
            }
            return probe.exitValue() == 0;
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
