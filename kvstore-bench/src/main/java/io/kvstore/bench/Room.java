package io.kvstore.bench;

import io.kvstore.core.DirectMemory;
import io.kvstore.grpc.GrpcServer;
import java.util.OptionalLong;

/**
 * What a server that is measured may hold in memory, which it takes before it serves.
 *
 * @param storedBytes in all
 * @param writtenBytes of these, what all turns that write may store; the rest is what reads go through
 */
record Room(long storedBytes, long writtenBytes) {

    private static final long MOST_BYTES = 5L << 30;

    /** Servers get the limits of this JVM. */
    static final Room OF_THIS_MACHINE =
            within(DirectMemory.maxBytes(), GrpcServer.directMemoryNeeded(OptionalLong.empty()));

    /**
     * 5 GiB, or what a server accepts where that does not fit.
     *
     * @param directBytes the limit of all
     * @param networkBytes what the network may need of it
     */
    static Room within(long directBytes, long networkBytes) {
        long stored = Math.min(MOST_BYTES, DirectMemory.payloadsIn(DirectMemory.forChunks(directBytes, networkBytes)));
        return new Room(stored, stored / 10 * 7);
    }
}
