package io.kvstore.core;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * One lookup: the longest run of blocks from the first on, in at most one storage round trip where nothing is missing.
 *
 * <p>The walk asks memory only ({@link BlobStore#peek}) and computes keys as it goes, so that a miss at block 0 costs one
 * key whatever the prompt's length. The parent of the next block is the stored hash where that is known, else the hash the
 * caller expects, else the one of our own scheme. When the walk ends on a block that memory can not vouch for, that block,
 * the last, is confirmed by one request; when it is gone, up to eight requests at a time close in on the end of the run.
 *
 * <p>While no filter is filled yet the walk admits all blocks, and a last block that is there says little of those before it:
 * then up to eight of those that memory does not know are confirmed at once, the first, the last and some evenly between, also
 * when it knows the last of the run. A run of up to eight blocks is
 * then confirmed whole; in a longer one a hole between two of them goes unseen, as does one whose blocks a filter still admits
 * though they were deleted: a read of such a block finds nothing.
 *
 * <p>A block that turns out to be hashed by a foreign scheme proves guessing useless: from there on the lookup goes block by
 * block.
 *
 * <p>Threading: one call, many threads, one after the other: each continues where a future has completed.
 */
final class PrefixLookup {

    private static final int PARALLEL_PROBES = 8;

    /** Blocks that are named before memory is asked for them; fewer at first, so that a miss at block 0 costs one name. */
    private static final int MOST_AHEAD = 16;

    /** A block of the run: what it is called and the hash it has, or is taken to have until it is confirmed. */
    private record Step(BlobKey key, long hash, long payloadBytes, Tier tier, boolean known) {
        BlockLocation location() {
            return new BlockLocation(hash, key.name(), payloadBytes, tier);
        }
    }

    /** A question under way: is the block of that index stored? */
    private record Probe(int index, CompletableFuture<Optional<BlobInfo>> answer) {}

    private final BlobStore blobs;
    private final StoreId store;
    private final LookupQuery query;
    private final CallContext context;
    private final LongSupplier nanoClock;
    private final BlockKeys keys;
    private final Relay<LookupResult> result;
    private final List<Step> run = new ArrayList<>();
    private final BlobKey[] names = new BlobKey[MOST_AHEAD];
    private final Peek[] peeks = new Peek[MOST_AHEAD];
    private volatile List<Probe> probes = List.of();
    private volatile boolean timeIsUp;

    /** Blocks below are stored for sure. */
    private int confirmed;

    /** The block of this index is known to be gone: the run ends at or before it. */
    private int end = Integer.MAX_VALUE;

    /** A block has another hash than it was taken to have: from there on each is named when the one before is known. */
    private boolean foreign;

    /** Such a block was found by asking the storage, so each is also confirmed before the next. */
    private boolean blockByBlock;

    /** Blocks of the run for which not even a filter speaks. */
    private boolean guessing;

    private long storageNanos;
    private long askedAtNanos;

    PrefixLookup(
            BlobStore blobs,
            StoreId store,
            LookupQuery query,
            CallContext context,
            LongSupplier nanoClock,
            Relay<LookupResult> result) {
        this.blobs = blobs;
        this.store = store;
        this.query = query;
        this.context = context;
        this.nanoClock = nanoClock;
        this.keys = new BlockKeys(query.partitionKey());
        this.result = result;
    }

    /** Runs as far as memory goes, on this thread; the rest follows the storage's answers. */
    void start() {
        walk(0);
        drive();
    }

    /** Waits no longer: answers with what is confirmed. */
    void cutShort() {
        timeIsUp = true;
        cancelProbes();
    }

    void cancelProbes() {
        probes.forEach(probe -> probe.answer().cancel(true));
    }

    /** Appends blocks to the run for as long as memory does not rule them out. */
    private void walk(int from) {
        int blocks = query.tokens().blockCount();
        int next = from;
        int ahead = 1;
        while (next < blocks) {
            int count = Math.min(ahead, blocks - next);
            int taken = take(next, count);
            if (taken == 0) {
                return;
            }
            next += taken;
            ahead = foreign ? 1 : Math.min(MOST_AHEAD, 2 * ahead);
        }
    }

    /**
     * Names so many blocks, each under the hash that the one before is taken to have, then asks memory for all of them: questions
     * that follow each other at once wait for memory together. How many belong to the run; those behind a block with another hash
     * than it was taken to have are to be named again. None when the run ends.
     */
    private int take(int first, int count) {
        long parent = first == 0 ? 0 : run.get(first - 1).hash();
        for (int i = 0; i < count; i++) {
            names[i] = keys.key(query.tokens(), first + i, parent);
            parent = guess(first + i, names[i]);
        }
        for (int i = 0; i < count; i++) {
            peeks[i] = blobs.peek(store, names[i]);
        }
        for (int i = 0; i < count; i++) {
            if (!append(first + i, names[i], peeks[i])) {
                return 0;
            }
            if (run.get(first + i).hash() != guess(first + i, names[i])) {
                foreign = true;
                return i + 1;
            }
        }
        return count;
    }

    /** False when the run ends before or with that block. */
    private boolean append(int index, BlobKey key, Peek peek) {
        if (peek.isAbsent()) {
            return false;
        }
        long hash = peek.isPresent() ? peek.tag() : guess(index, key);
        if (peek.isPresent() && contradicts(index, hash)) {
            return false;
        }
        guessing |= peek.knowledge() == Peek.Knowledge.UNKNOWN;
        run.add(step(key, hash, peek));
        return peek.isPresent() || !blockByBlock || index < query.expectedHashCount();
    }

    /** What no cache has is far away, whatever its size. */
    private static Step step(BlobKey key, long hash, Peek peek) {
        return peek.isPresent()
                ? new Step(key, hash, peek.payloadBytes(), peek.tier(), true)
                : new Step(key, hash, 0, Tier.REMOTE, false);
    }

    private long guess(int index, BlobKey key) {
        return index < query.expectedHashCount() ? query.expectedHash(index) : BlockKeys.ownHash(key);
    }

    private boolean contradicts(int index, long hash) {
        return index < query.expectedHashCount() && query.expectedHash(index) != hash;
    }

    /** A loop, not a recursion: answers that are there at once must not grow the stack with the run. */
    private void drive() {
        while (ask()) {
            CompletableFuture<?>[] answers = probes.stream().map(Probe::answer).toArray(CompletableFuture[]::new);
            CompletableFuture<Void> all = CompletableFuture.allOf(answers);
            if (!all.isDone()) {
                all.whenComplete((done, failure) -> {
                    if (learn()) {
                        drive();
                    }
                });
                if (timeIsUp || result.isDone()) {
                    cancelProbes();
                }
                return;
            }
            if (!learn()) {
                return;
            }
        }
    }

    /** Sends the next questions; false when there are none and the lookup is answered. */
    private boolean ask() {
        int last = Math.min(run.size(), end) - 1;
        SortedSet<Integer> indexes = indexesToAsk(last);
        if (indexes.isEmpty()) {
            answer(Math.max(confirmed, last + 1), false);
            return false;
        }
        askedAtNanos = nanoClock.getAsLong();
        List<Probe> asked = new ArrayList<>();
        for (int index : indexes) {
            asked.add(new Probe(index, blobs.head(store, run.get(index).key(), context)));
        }
        probes = asked;
        return true;
    }

    /** Blocks of the run that neither an answer nor memory vouches for. */
    private int[] unknown(int last) {
        return IntStream.rangeClosed(confirmed, last)
                .filter(index -> !run.get(index).known())
                .toArray();
    }

    /**
     * The last block alone where a filter speaks for all: almost always it is there. Some up to it where the last of before was
     * gone, and where no filter speaks: then a known block says nothing of those before it, and need not be asked for itself. None
     * where the run is sure.
     */
    private SortedSet<Integer> indexesToAsk(int last) {
        if (last < confirmed || (!guessing && run.get(last).known())) {
            return Collections.emptySortedSet();
        }
        if (!guessing && end == Integer.MAX_VALUE) {
            return new TreeSet<>(List.of(last));
        }
        int[] among = guessing
                ? unknown(last)
                : IntStream.rangeClosed(confirmed, last).toArray();
        TreeSet<Integer> indexes = new TreeSet<>();
        for (int i = 0; i < PARALLEL_PROBES && among.length > 0; i++) {
            indexes.add(among[(int) ((among.length - 1L) * i / (PARALLEL_PROBES - 1))]);
        }
        return indexes;
    }

    /** Takes the answers in; false when they end the lookup. */
    private boolean learn() {
        storageNanos += nanoClock.getAsLong() - askedAtNanos;
        Throwable trouble = null;
        for (Probe probe : probes) {
            if (probe.index() >= end) {
                continue;
            }
            try {
                if (learn(probe.index(), probe.answer().join())) {
                    break; // the other answers are about the chain as it was taken to be
                }
            } catch (RuntimeException e) {
                trouble = e;
                break; // what lies beyond may be stored, but the run up to it is not sure
            }
        }
        probes = List.of();
        if (trouble == null) {
            return true;
        }
        troubled(trouble);
        return false;
    }

    /** Takes one answer in; true when it changes the chain behind that block. */
    private boolean learn(int index, Optional<BlobInfo> found) {
        if (found.isEmpty() || contradicts(index, found.get().tag())) {
            end = index;
            return false;
        }
        Step step = run.get(index);
        BlobInfo info = found.get();
        confirmed = index + 1;
        run.set(index, new Step(step.key(), info.tag(), info.payloadBytes(), Tier.REMOTE, true));
        if (info.tag() == step.hash()) {
            return false;
        }
        // A foreign hash: the blocks behind were looked for under the wrong parent.
        run.subList(index + 1, run.size()).clear();
        end = Integer.MAX_VALUE;
        foreign = true;
        blockByBlock = true;
        walk(index + 1);
        return true;
    }

    private void troubled(Throwable trouble) {
        int sure = confirmed;
        while (sure < Math.min(run.size(), end) && run.get(sure).known()) {
            sure++;
        }
        if (sure > 0) {
            answer(sure, true);
            return;
        }
        KVStoreException cause = KVStoreException.of(trouble);
        boolean ours = cause.reason() == Reason.INVALID_ARGUMENT
                || cause.reason() == Reason.NOT_FOUND
                || cause.reason() == Reason.PERMISSION_DENIED
                || cause.reason() == Reason.UNAUTHENTICATED
                || cause.reason() == Reason.RESOURCE_EXHAUSTED;
        result.completeExceptionally(
                ours
                        ? cause
                        : new KVStoreException(
                                Reason.UNAVAILABLE,
                                "the storage can not say which blocks are stored",
                                cause.retryAfter().orElse(null),
                                cause));
    }

    private void answer(int blocks, boolean degraded) {
        List<BlockLocation> locations = new ArrayList<>(blocks);
        for (Step step : run.subList(0, blocks)) {
            locations.add(step.location());
        }
        result.complete(new LookupResult(locations, degraded, storageNanos));
    }
}
