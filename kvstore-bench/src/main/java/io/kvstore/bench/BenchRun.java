package io.kvstore.bench;

import io.kvstore.bench.figures.Case;
import io.kvstore.bench.figures.Contender;
import io.kvstore.bench.figures.Results;
import io.kvstore.bench.figures.Series;
import io.kvstore.bench.figures.Sizes;
import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Job;
import io.kvstore.bench.load.Outcome;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Goes through a plan: a warm-up of every entry of a group, then rounds in which each has its turn. */
final class BenchRun {

    /**
     * How long it takes, and how much it moves.
     *
     * @param rounds at least 1
     * @param seconds of an entry in a round
     * @param warmSeconds of an entry before the rounds
     * @param settle whether warming up also goes on until client and server of ours need no less processor time for a request than before
     * @param workingSetBytes payloads that reads go through
     */
    record Extent(int rounds, double seconds, double warmSeconds, boolean settle, long workingSetBytes) {}

    private static final int MIN_CHUNKS = 4;
    private static final int MAX_CHUNKS = 4_096;

    private static final long MAX_WRITTEN_BYTES_A_TURN = 512L << 20;
    /** What a chunk costs a store on top of its payload. */
    private static final int CHUNK_OVERHEAD_BYTES = 4 << 10;

    private static final int MAX_WARM_TURNS = 6;
    private static final int MAX_SETTLING_TURNS = 15;
    private static final double SETTLED = 0.95;
    /** Turns in a row that need no less: a single one may have had bad luck. */
    private static final int STEADY_TURNS = 2;
    /** A turn that warms up stores so much less than others. */
    private static final int WARM_WRITES_SHARE = 4;

    private static final long FIRST_NEW = 1 << 20;
    private static final double RATE_UNDER_LOAD = 50;
    private static final int BULK_DEPTH = 8;
    private static final double BULK_LEAD_SECONDS = 0.5;

    private final BenchPlan plan;
    private final Extent extent;
    private final Contestants.Setup setup;
    private final Cleanup cleanup;
    private final LongConsumer onStep;
    private final Results results = new Results();
    private long steps;
    private long nextNew = FIRST_NEW;
    private double writeTurns = 1;
    private final Set<BenchPlan.Entry> warm = new HashSet<>();

    BenchRun(BenchPlan plan, Extent extent, Contestants.Setup setup, Cleanup cleanup, LongConsumer onStep) {
        this.plan = plan;
        this.extent = extent;
        this.setup = setup;
        this.cleanup = cleanup;
        this.onStep = onStep;
    }

    /** How many steps a run of this plan has. */
    static long steps(BenchPlan plan, Extent extent) {
        return (long) plan.entries() * (extent.rounds() + 1);
    }

    /** Measures everything; processes are gone when it returns. */
    Results measure() throws IOException {
        for (int from = 0; from < plan.groups().size(); ) {
            int to = from + 1;
            while (to < plan.groups().size()
                    && plan.groups().get(to).goesOnAfter(plan.groups().get(from))) {
                to++;
            }
            measure(plan.groups().subList(from, to));
            from = to;
        }
        return results;
    }

    /** With processes of their own: a server that has stored much is none that starts. */
    private void measure(List<BenchPlan.Group> groups) throws IOException {
        if (groups.get(0).isGrowth()) {
            measureGrowth(groups.get(0));
            return;
        }
        List<BenchPlan.Entry> entries =
                groups.stream().flatMap(group -> group.entries().stream()).toList();
        long writes = setup.forgetsWhatIsOld()
                ? 0
                : entries.stream()
                        .filter(entry -> entry.contender().isOurs()
                                && entry.what().call().isWrite())
                        .count();
        double warmTurns = extent.settle() ? MAX_SETTLING_TURNS : MAX_WARM_TURNS;
        writeTurns = Math.max(1, writes * (extent.rounds() + warmTurns / WARM_WRITES_SHARE));
        int blocks = groups.stream().mapToInt(BenchPlan.Group::blocks).max().orElse(0);
        warm.clear();
        try (Contestants contestants = cleanup.open(() -> new Contestants(setup))) {
            contestants.start(entries.stream().map(BenchPlan.Entry::contender).collect(Collectors.toSet()));
            int loaded = 0;
            for (BenchPlan.Group group : groups) {
                if (group.payloadBytes() != loaded) {
                    loaded = group.payloadBytes();
                    contestants.load(
                            group.contenders(), Job.load(loaded, chunks(loaded), group.isLookup() ? blocks : 0));
                }
                measure(group, contestants);
            }
        }
    }

    private int chunks(int payloadBytes) {
        return (int) Math.max(MIN_CHUNKS, Math.min(MAX_CHUNKS, extent.workingSetBytes() / payloadBytes));
    }

    private void measure(BenchPlan.Group group, Contestants contestants) throws IOException {
        if (group.entries().get(0).what().underLoad()) {
            measureUnderLoad(group.entries().get(0), contestants);
            return;
        }
        for (BenchPlan.Entry entry : group.entries()) {
            warmUp(entry, job(entry, group), contestants);
            step();
        }
        for (int round = 0; round < extent.rounds(); round++) {
            for (BenchPlan.Entry entry : group.entries()) {
                Job job = job(entry, group).lasting(extent.seconds());
                results.add(entry.contender(), entry.what(), contestants.run(entry.contender(), job));
                step();
            }
        }
    }

    private void warmUp(BenchPlan.Entry entry, Job job, Contestants contestants) throws IOException {
        // What a process has compiled for one depth serves the others, which need a turn alone.
        boolean first =
                warm.add(new BenchPlan.Entry(entry.contender(), entry.what().atDepth(0)));
        boolean settles = extent.settle() && entry.contender().isOurs();
        int maxTurns = !extent.settle() ? MAX_WARM_TURNS : first ? MAX_SETTLING_TURNS : 1;
        if (first && settles && job.call().isWrite() && setup.storage().isEmpty()) {
            // Memory bounds what may be stored, and few large chunks are few calls, of which little is compiled.
            warmUp(entry, job.again(), maxTurns, true, contestants);
        }
        warmUp(entry, job, maxTurns, settles, contestants);
    }

    // On a machine that others use, seconds that pass compile little: what counts is the time that the processes had.
    private void warmUp(BenchPlan.Entry entry, Job job, int maxTurns, boolean settles, Contestants contestants)
            throws IOException {
        double cpuSeconds = 0;
        double least = Double.MAX_VALUE;
        int steady = 0;
        for (int turn = 0; turn < maxTurns; turn++) {
            Job next = job.call() == Call.WRITE ? writing(job, WARM_WRITES_SHARE) : job;
            Outcome outcome = contestants.run(entry.contender(), next.lasting(extent.warmSeconds()));
            if (outcome.failed()) {
                return; // the rounds say so
            }
            cpuSeconds += outcome.client().cpuSeconds();
            double both = outcome.client().cpuSeconds() + outcome.server().cpuSeconds();
            double perRequest = both / outcome.operations();
            steady = perRequest < SETTLED * least ? 0 : steady + 1;
            least = Math.min(least, perRequest);
            if (cpuSeconds >= extent.warmSeconds() && (!settles || steady >= STEADY_TURNS)) {
                return;
            }
        }
    }

    private Job job(BenchPlan.Entry entry, BenchPlan.Group group) {
        Case what = entry.what();
        if (what.call() == Call.LOOKUP) {
            return Job.lookup(what.blocks(), what.hits(), what.depth());
        }
        Job job = Job.transfer(what.call(), what.payloadBytes(), chunks(what.payloadBytes()), what.depth());
        if (what.isOpenLoop()) {
            job = job.atRate(Math.max(1, what.rateShare() * slowest(group)));
        }
        return what.call().isWrite() ? writing(job, 1) : job;
    }

    private double slowest(BenchPlan.Group group) {
        return group.entries().stream()
                .flatMap(entry -> results.find(entry.contender(), entry.what().closedLoop()).stream())
                .mapToDouble(Series::operationsPerSecond)
                .filter(rate -> !Double.isNaN(rate))
                .min()
                .orElse(1);
    }

    private Job writing(Job job, int share) {
        double bytes = Math.min(MAX_WRITTEN_BYTES_A_TURN, Room.OF_THIS_MACHINE.writtenBytes() / writeTurns) / share;
        long atMost = Math.max(1, (long) (bytes / (job.payloadBytes() + CHUNK_OVERHEAD_BYTES)));
        Job writing = job.writing(nextNew, atMost);
        nextNew += atMost;
        return writing;
    }

    private void measureUnderLoad(BenchPlan.Entry entry, Contestants contestants) throws IOException {
        Job lookup = Job.lookup(entry.what().blocks(), entry.what().hits(), 1).atRate(RATE_UNDER_LOAD);
        int chunks = chunks(Sizes.USUAL);
        try (LoadProcess bulk = contestants.anotherClient()) {
            bulk.tell(Job.load(Sizes.USUAL, chunks, 0));
            check(bulk.outcome());
            Job reads = Job.transfer(Call.STREAMING_READ, Sizes.USUAL, chunks, BULK_DEPTH);
            for (int round = -1; round < extent.rounds(); round++) {
                double seconds = round < 0 ? extent.warmSeconds() : extent.seconds();
                bulk.tell(reads.lasting(seconds + 2 * BULK_LEAD_SECONDS));
                pause(BULK_LEAD_SECONDS);
                Outcome outcome = contestants.run(entry.contender(), lookup.lasting(seconds));
                check(bulk.outcome());
                if (round >= 0) {
                    results.add(entry.contender(), entry.what(), outcome);
                }
                step();
            }
        }
    }

    private void measureGrowth(BenchPlan.Group group) throws IOException {
        List<Integer> sizes = group.entries().stream()
                .map(entry -> entry.what().storedChunks())
                .toList();
        group.entries().forEach(entry -> step());
        try (GrowthProcess process = cleanup.open(() -> GrowthProcess.launch(extent, sizes))) {
            process.await((size, outcome) -> {
                Case what = group.entries().get(sizes.indexOf(size)).what();
                results.add(Contender.KVSTORE, what, outcome);
                step();
            });
        }
        for (BenchPlan.Entry entry : group.entries()) {
            if (results.find(Contender.KVSTORE, entry.what()).isEmpty()) {
                throw new IOException("lookups among many chunks could not be measured: too little memory?");
            }
        }
    }

    private static void check(Outcome outcome) throws IOException {
        if (outcome.failed()) {
            throw new IOException(outcome.failure());
        }
    }

    private static void pause(double seconds) throws IOException {
        try {
            Thread.sleep((long) (seconds * 1e3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void step() {
        onStep.accept(++steps);
    }
}
