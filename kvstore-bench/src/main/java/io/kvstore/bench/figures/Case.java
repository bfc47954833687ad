package io.kvstore.bench.figures;

import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Hits;
import java.util.Locale;

/**
 * What is measured.
 *
 * @param payloadBytes of each chunk; 0 for a lookup
 * @param depth requests in flight at once
 * @param blocks that a lookup asks for; 0 for others
 * @param rateShare 0 for a closed loop; otherwise requests come at this share of the rate that the slowest contender reached
 *     in the closed loop
 * @param underLoad whether other clients read as much as the machine gives at the same time
 * @param storedChunks that an engine in one process knows; 0 for a server
 */
public record Case(
        Call call,
        int payloadBytes,
        int depth,
        int blocks,
        Hits hits,
        double rateShare,
        boolean underLoad,
        int storedChunks) {

    public static Case transfer(Call call, int payloadBytes, int depth) {
        return new Case(call, payloadBytes, depth, 0, Hits.ALL, 0, false, 0);
    }

    public static Case lookup(int blocks, Hits hits, int depth) {
        return new Case(Call.LOOKUP, 0, depth, blocks, hits, 0, false, 0);
    }

    /** A lookup while other clients read. */
    public static Case lookupUnderLoad(int blocks) {
        return new Case(Call.LOOKUP, 0, 1, blocks, Hits.ALL, 0, true, 0);
    }

    /** A lookup in an engine that knows so many chunks. */
    public static Case lookupAmong(int storedChunks, int blocks) {
        return new Case(Call.LOOKUP, 0, 1, blocks, Hits.ALL, 0, false, storedChunks);
    }

    public Case atShare(double share) {
        return new Case(call, payloadBytes, depth, blocks, hits, share, underLoad, storedChunks);
    }

    public Case atDepth(int inFlight) {
        return new Case(call, payloadBytes, inFlight, blocks, hits, rateShare, underLoad, storedChunks);
    }

    public Case closedLoop() {
        return atShare(0);
    }

    public boolean isOpenLoop() {
        return rateShare > 0;
    }

    /** The same bytes in the same direction at the same depth, as a plain connection has them. */
    public Case plain() {
        return call == Call.STREAMING_READ
                ? new Case(Call.READ, payloadBytes, depth, 0, hits, rateShare, false, 0)
                : this;
    }

    /** What {@code --only} is matched with. */
    public String name() {
        String loop = isOpenLoop() ? String.format(Locale.ROOT, "/open%.0f", 100 * rateShare) : "";
        if (storedChunks > 0) {
            return "LookupAmong/" + storedChunks + "/" + blocks;
        }
        if (call == Call.LOOKUP) {
            return "Lookup" + (underLoad ? "UnderLoad" : "") + "/" + blocks + "/"
                    + hits.name().toLowerCase(Locale.ROOT) + "/" + depth + loop;
        }
        return callName() + "/" + Sizes.label(payloadBytes) + "/" + depth + loop;
    }

    /** As the service names it. */
    String callName() {
        return switch (call) {
            case LOAD -> "Load";
            case READ -> "Read";
            case STREAMING_READ -> "StreamingRead";
            case WRITE, WRITE_AGAIN -> "Write";
            case LOOKUP -> "Lookup";
        };
    }

    @Override
    public String toString() {
        return name();
    }
}
