package io.kvstore.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The JVM flags of a process that serves a part of the machine: those of this JVM, which were chosen for the whole, with
 * every size of heap and direct memory cut down to the part. So {@code ./kvstore}, {@code KVSTORE_JAVA_OPTS} and whoever
 * calls java themselves say what the server has, not what each of its processes has.
 */
final class ChildJvmFlags {

    private static final Pattern SIZE = Pattern.compile("(-Xmx|-Xms|-Xmn|-XX:(?:MaxHeapSize|InitialHeapSize|MinHeapSize"
            + "|SoftMaxHeapSize|NewSize|MaxNewSize|MaxDirectMemorySize)=)(\\d{1,18})([kmgtKMGT]?)");
    private static final List<String> LARGEST_HEAP = List.of("-Xmx", "-XX:MaxHeapSize=");
    /** Said anew for each child. */
    private static final List<String> OWN = List.of(ChildCommand.PARENT_PID, ChildCommand.LOG_PREFIX);

    private static final String UNITS = "kmgt";

    /** Below, the JVM spends its time collecting; more than its part is the smaller evil. */
    private static final long MIN_HEAP_BYTES = 64L << 20;

    private ChildJvmFlags() {}

    /**
     * The flags of a child.
     *
     * @param own the flags of this JVM
     * @param maxHeapBytes the largest heap of this JVM, for when no flag says so
     * @param pinned whether the JVM will find the child's CPUs by itself
     */
    static List<String> of(List<String> own, long maxHeapBytes, Share share, boolean pinned) {
        List<String> flags = new ArrayList<>();
        boolean heap = false;
        for (String flag : own) {
            if (OWN.stream().anyMatch(flag::startsWith)) {
                continue;
            }
            Matcher size = SIZE.matcher(flag);
            if (!size.matches()) {
                flags.add(flag);
                continue;
            }
            heap |= LARGEST_HEAP.contains(size.group(1));
            flags.add(size.group(1) + part(size, share));
        }
        if (!heap) {
            flags.add("-Xmx" + Math.max(MIN_HEAP_BYTES, share.memoryOf(maxHeapBytes)));
        }
        if (!pinned) {
            flags.add("-XX:ActiveProcessorCount=" + share.cpus().size());
        }
        return List.copyOf(flags);
    }

    private static long part(Matcher size, Share share) {
        String unit = size.group(3).toLowerCase(Locale.ROOT);
        long bytes = Long.parseLong(size.group(2)) << (unit.isEmpty() ? 0 : 10 * (1 + UNITS.indexOf(unit)));
        boolean largestHeap = LARGEST_HEAP.contains(size.group(1));
        return largestHeap ? Math.max(Math.min(bytes, MIN_HEAP_BYTES), share.memoryOf(bytes)) : share.memoryOf(bytes);
    }
}
