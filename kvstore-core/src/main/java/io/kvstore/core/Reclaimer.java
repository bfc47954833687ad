package io.kvstore.core;

import org.jspecify.annotations.Nullable;

/** How a log gets its disk space back, one segment at a time, on the maintenance thread. */
interface Reclaimer {

    /**
     * Whether a look is worth while since the last one; cheap, asked after every commit. Once a segment is sealed one follows
     * anyway.
     */
    boolean isDue();

    /** The segment to give up next, or null when none is worth it. */
    @Nullable
    Segment next();

    /** Moves what is still needed and drops the segment, if it can; false to stop for now. */
    boolean reclaim(Segment segment);
}
