package io.kvstore.core;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What a kernel may lose: after a force that failed, the bytes it covered are gone from the medium and the next force succeeds
 * without them, unless they were written again. In units of 64 bytes.
 */
final class FsyncLosses {

    private static final int UNIT_BYTES = 64;

    private final Map<Path, BitSet> unsynced = new HashMap<>();
    private final Map<Path, BitSet> lost = new HashMap<>();
    private int deletedOverLosses;

    synchronized void wrote(Path file, long position, int bytes) {
        int from = (int) (position / UNIT_BYTES);
        int to = (int) ((position + bytes + UNIT_BYTES - 1) / UNIT_BYTES);
        of(unsynced, file).set(from, to);
        of(lost, file).clear(from, to);
    }

    synchronized void forced(Path file) {
        of(unsynced, file).clear();
    }

    synchronized void forceFailed(Path file) {
        of(lost, file).or(of(unsynced, file));
        of(unsynced, file).clear();
    }

    synchronized void deleted(Path file) {
        unsynced.remove(file);
        lost.remove(file);
        if (lost.values().stream().anyMatch(bits -> !bits.isEmpty())) {
            deletedOverLosses++;
        }
    }

    synchronized int deletedOverLosses() {
        return deletedOverLosses;
    }

    private static BitSet of(Map<Path, BitSet> bits, Path file) {
        return bits.computeIfAbsent(file, absent -> new BitSet());
    }
}
