package io.kvstore.api;

import java.util.List;

/**
 * The longest run of stored blocks from the first token on. A block of it may be gone by the time it is read (a backend may
 * evict): such a read finds nothing, which is a normal answer.
 *
 * @param blocks in prompt order; empty for none
 * @param degraded storage trouble or a spent deadline cut the run short: there may be more
 * @param storageNanos nanoseconds of this lookup spent waiting for the backend
 */
public record LookupResult(List<BlockLocation> blocks, boolean degraded, long storageNanos) {

    public LookupResult {
        blocks = List.copyOf(blocks);
    }

    /** How many blocks are stored. */
    public int cachedBlocks() {
        return blocks.size();
    }

    /** The hash of the last block found, 0 for none. */
    public long lastHash() {
        return blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).hash();
    }
}
