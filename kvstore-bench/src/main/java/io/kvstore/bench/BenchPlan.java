package io.kvstore.bench;

import io.kvstore.bench.figures.Case;
import io.kvstore.bench.figures.Contender;
import io.kvstore.bench.figures.Sizes;
import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Hits;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is measured, in which order: groups, whose entries run one after the other in every round, so that what is compared ran
 * within seconds of each other.
 */
final class BenchPlan {

    /** Payload of the chunks that lookups ask for. */
    static final int LOOKUP_PAYLOAD_BYTES = 64;

    static final int MAX_LOOKUP_BLOCKS = 1_000;

    private static final List<Integer> STORED_CHUNKS = List.of(10_000, 100_000, 1_000_000, 10_000_000);

    private static final List<Integer> DEPTHS = List.of(1, 4, 8, 32);
    private static final List<Integer> LOOKUP_BLOCKS = List.of(1, 8, 64, MAX_LOOKUP_BLOCKS);
    private static final List<Integer> STORAGE_DEPTHS = List.of(1, 8, 32);
    private static final List<Integer> STORAGE_LOOKUP_BLOCKS = List.of(1, 8);
    private static final List<Double> OPEN_SHARES = List.of(0.5, 0.8);
    private static final int USUAL_DEPTH = 4;

    /** More payload under way at once says nothing new and may not fit. */
    private static final long MAX_BYTES_UNDER_WAY = 600_000_000;

    /** One contender in one case. */
    record Entry(Contender contender, Case what) {}

    /**
     * Entries that take turns.
     *
     * @param payloadBytes of the chunks that are stored before
     */
    record Group(int payloadBytes, List<Entry> entries) {

        /** The most blocks that an entry asks for; 0 where none is a lookup. */
        int blocks() {
            return entries.stream()
                    .mapToInt(entry -> entry.what().blocks())
                    .max()
                    .orElse(0);
        }

        boolean isLookup() {
            return entries.get(0).what().call() == Call.LOOKUP;
        }

        /** Whether an engine of its own is measured, and no server. */
        boolean isGrowth() {
            return entries.get(0).what().storedChunks() > 0;
        }

        Set<Contender> contenders() {
            return entries.stream().map(Entry::contender).collect(Collectors.toSet());
        }

        /** Whether the processes of another may serve this as well. */
        boolean goesOnAfter(Group other) {
            return !isGrowth() && (isLookup() || payloadBytes == other.payloadBytes);
        }
    }

    private final List<Group> groups;

    private BenchPlan(List<Group> groups) {
        this.groups = groups;
    }

    List<Group> groups() {
        return groups;
    }

    /** Entries of all groups. */
    int entries() {
        return groups.stream().mapToInt(group -> group.entries().size()).sum();
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    /** Everything, for a table of all. */
    static BenchPlan full() {
        List<Group> groups = new ArrayList<>();
        for (int payload : Sizes.ALL) {
            for (int depth : DEPTHS) {
                if ((long) payload * depth <= MAX_BYTES_UNDER_WAY) {
                    addBoth(groups, payload, depth);
                }
            }
        }
        for (int blocks : LOOKUP_BLOCKS) {
            for (Hits hits : blocks == 1 ? EnumSet.of(Hits.ALL, Hits.NONE) : EnumSet.allOf(Hits.class)) {
                DEPTHS.forEach(depth -> groups.add(lookup(Case.lookup(blocks, hits, depth))));
            }
        }
        groups.add(lookup(Case.lookupUnderLoad(MAX_LOOKUP_BLOCKS)));
        groups.add(growth());
        return new BenchPlan(groups);
    }

    /** What is worth a minute. */
    static BenchPlan quick() {
        return new BenchPlan(List.of(
                reads(Sizes.USUAL, USUAL_DEPTH, 0),
                writes(Sizes.USUAL, USUAL_DEPTH, 0),
                lookup(Case.lookup(MAX_LOOKUP_BLOCKS, Hits.ALL, 1)),
                lookup(Case.lookup(MAX_LOOKUP_BLOCKS, Hits.NONE, 1))));
    }

    /** What the project's goals are about. */
    static BenchPlan goals() {
        return new BenchPlan(List.of(
                streamed(Sizes.SMALL, 32),
                reads(Sizes.USUAL, USUAL_DEPTH, 0),
                writes(Sizes.USUAL, USUAL_DEPTH, 0),
                streamed(Sizes.MB_16, USUAL_DEPTH),
                streamed(Sizes.MB_40, USUAL_DEPTH),
                lookup(Case.lookup(MAX_LOOKUP_BLOCKS, Hits.ALL, 1)),
                lookup(Case.lookup(MAX_LOOKUP_BLOCKS, Hits.NONE, 1)),
                lookup(Case.lookupUnderLoad(MAX_LOOKUP_BLOCKS)),
                growth()));
    }

    /**
     * What a server in front of an object storage is asked for, with its caches off and, by another server, with warm ones. Writes
     * come after the reads: the storage may forget the oldest chunks for them.
     */
    static BenchPlan storage() {
        List<Group> groups = new ArrayList<>();
        for (int depth : STORAGE_DEPTHS) {
            groups.add(ofBoth(
                    Sizes.USUAL,
                    Case.transfer(Call.READ, Sizes.USUAL, depth),
                    Case.transfer(Call.STREAMING_READ, Sizes.USUAL, depth)));
        }
        for (int depth : STORAGE_DEPTHS) {
            groups.add(ofBoth(Sizes.USUAL, Case.transfer(Call.WRITE, Sizes.USUAL, depth)));
        }
        for (int blocks : STORAGE_LOOKUP_BLOCKS) {
            for (int depth : STORAGE_DEPTHS) {
                groups.add(ofBoth(LOOKUP_PAYLOAD_BYTES, Case.lookup(blocks, Hits.ALL, depth)));
            }
        }
        return new BenchPlan(groups);
    }

    private static Group ofBoth(int payload, Case... cases) {
        List<Entry> entries = new ArrayList<>();
        if (payload != LOOKUP_PAYLOAD_BYTES) {
            // Says how fast the machine is just now.
            entries.add(new Entry(Contender.RAW, cases[0]));
        }
        for (Case what : cases) {
            entries.add(new Entry(Contender.KVSTORE, what));
            entries.add(new Entry(Contender.CACHED, what));
        }
        return new Group(payload, entries);
    }

    private static void addBoth(List<Group> groups, int payload, int depth) {
        groups.add(reads(payload, depth, 0));
        if (depth == USUAL_DEPTH) {
            OPEN_SHARES.forEach(share -> groups.add(reads(payload, depth, share)));
        }
        groups.add(writes(payload, depth, 0));
        if (depth == USUAL_DEPTH) {
            OPEN_SHARES.forEach(share -> groups.add(writes(payload, depth, share)));
        }
    }

    private static Group reads(int payload, int depth, double share) {
        Case read = Case.transfer(Call.READ, payload, depth).atShare(share);
        Case streamed = Case.transfer(Call.STREAMING_READ, payload, depth).atShare(share);
        return new Group(
                payload,
                List.of(
                        new Entry(Contender.RAW, read),
                        new Entry(Contender.KVSTORE, streamed),
                        new Entry(Contender.REDIS, read),
                        new Entry(Contender.KVSTORE, read)));
    }

    private static Group streamed(int payload, int depth) {
        Case read = Case.transfer(Call.READ, payload, depth);
        return new Group(
                payload,
                List.of(
                        new Entry(Contender.RAW, read),
                        new Entry(Contender.KVSTORE, Case.transfer(Call.STREAMING_READ, payload, depth))));
    }

    private static Group writes(int payload, int depth, double share) {
        Case write = Case.transfer(Call.WRITE, payload, depth).atShare(share);
        return new Group(
                payload,
                List.of(
                        new Entry(Contender.RAW, write),
                        new Entry(Contender.KVSTORE, write),
                        new Entry(Contender.REDIS, write)));
    }

    private static Group lookup(Case what) {
        return new Group(LOOKUP_PAYLOAD_BYTES, List.of(new Entry(Contender.KVSTORE, what)));
    }

    private static Group growth() {
        return new Group(
                0,
                STORED_CHUNKS.stream()
                        .map(chunks -> new Entry(Contender.KVSTORE, Case.lookupAmong(chunks, MAX_LOOKUP_BLOCKS)))
                        .toList());
    }

    /**
     * The part that a person is interested in.
     *
     * @param only a group stays when a case of kvstore in it has a name in which this is found; of kvstore's entries those stay
     * @param absent contenders that are not there
     */
    BenchPlan select(Pattern only, Set<Contender> absent) {
        List<Group> selected = new ArrayList<>();
        for (Group group : groups) {
            List<Entry> entries = group.entries().stream()
                    .filter(entry -> !absent.contains(entry.contender()))
                    .filter(entry -> !entry.contender().isOurs()
                            || only.matcher(entry.what().name()).find())
                    .toList();
            if (entries.stream().anyMatch(entry -> entry.contender().isOurs())) {
                selected.add(new Group(group.payloadBytes(), entries));
            }
        }
        return new BenchPlan(selected);
    }
}
