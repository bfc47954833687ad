package io.kvstore.bench;

import java.util.BitSet;

/**
 * What a store that never forgets must answer to a trace. It knows the trace's block numbers only, no token and no hash, so
 * it shares no code with what it checks. Exact because a number stands for one prefix, which is checked on the way.
 */
final class TraceModel {

    private static final int UNSEEN = -2;
    private static final int FIRST = -1;

    private final BitSet stored = new BitSet();
    private int[] parents = new int[0];

    /**
     * How many blocks from the first on are stored.
     *
     * @throws IllegalArgumentException when an id stands for two prefixes: then no count is right
     */
    int hits(TraceRequest request) {
        checkPrefixes(request);
        int hits = 0;
        while (hits < request.blockCount() && stored.get(request.blockNumber(hits))) {
            hits++;
        }
        return hits;
    }

    /** All blocks of the request are stored now. */
    void store(TraceRequest request) {
        for (int i = 0; i < request.blockCount(); i++) {
            stored.set(request.blockNumber(i));
        }
    }

    /** Blocks stored. */
    int distinctBlocks() {
        return stored.cardinality();
    }

    private void checkPrefixes(TraceRequest request) {
        int parent = FIRST;
        for (int id : request.hashIds()) {
            if (id >= parents.length) {
                grow(id);
            }
            if (parents[id] == UNSEEN) {
                parents[id] = parent;
            } else if (parents[id] != parent) {
                throw new IllegalArgumentException("hash_ids: " + id + " follows both " + parents[id] + " and " + parent
                        + " (expected: an id stands for one prefix; -1 is the start)");
            }
            parent = id;
        }
    }

    private void grow(int id) {
        int old = parents.length;
        parents = java.util.Arrays.copyOf(parents, Math.max(1_024, (int)
                Math.min(1L + id + id / 2, Integer.MAX_VALUE - 8)));
        java.util.Arrays.fill(parents, old, parents.length, UNSEEN);
    }
}
