package io.kvstore.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has long work begun on the workers, at most so much at a time, of one tenant at most half of it. Tenants take turns;
 * what is of one tenant goes in the order in which it came. As much may wait as callers bring.
 *
 * <p>Threading: one lock, held for queue operations only.
 */
final class Turns {

    private final int max;
    private final int maxOfTenant;
    private final Workers workers;

    // Guarded by this; no entry for who has nothing.
    private final LinkedHashMap<String, ArrayDeque<Turn>> waiting = new LinkedHashMap<>();
    private final Map<String, Integer> underWay = new HashMap<>();
    private int underWayInAll;

    Turns(int max, Workers workers) {
        this.max = max;
        this.maxOfTenant = Math.max(1, max / 2);
        this.workers = workers;
    }

    /** One that is not held yet. */
    Turn of(String tenant) {
        return new Turn(tenant);
    }

    /** Gives turns to those who wait, one of each tenant a round, and returns what begins it. */
    private List<Runnable> next() {
        List<Runnable> works = new ArrayList<>();
        while (underWayInAll < max) {
            Turn next = pollWaiting();
            if (next == null) {
                break;
            }
            if (!next.works.isEmpty()) {
                next.held = true;
                underWayInAll++;
                underWay.merge(next.tenant, 1, Integer::sum);
                works.addAll(next.works);
                next.works.clear();
            }
        }
        return works;
    }

    private @Nullable Turn pollWaiting() {
        Iterator<Map.Entry<String, ArrayDeque<Turn>>> tenants =
                waiting.entrySet().iterator();
        while (tenants.hasNext()) {
            Map.Entry<String, ArrayDeque<Turn>> tenant = tenants.next();
            if (underWay.getOrDefault(tenant.getKey(), 0) < maxOfTenant) {
                String name = tenant.getKey();
                ArrayDeque<Turn> turns = tenant.getValue();
                Turn first = turns.poll();
                tenants.remove();
                if (!turns.isEmpty()) {
                    waiting.put(name, turns); // behind the others
                }
                return first;
            }
        }
        return null;
    }

    /** The turn of one piece of work, which may give it back in between. Leave it, or others wait for ever. */
    final class Turn {

        private final String tenant;

        // Guarded by the turns.
        private final List<Runnable> works = new ArrayList<>();
        private boolean held;
        private boolean left;

        private Turn(String tenant) {
            this.tenant = tenant;
        }

        /** Runs {@code work} on a worker, now if this is held, else when it is again; never once it is left. */
        void run(Runnable work) {
            // Once closed nothing is begun any more: in place, each that ends would begin the next within itself.
            Runnable begin = () -> workers.run(tenant, work, () -> {});
            List<Runnable> next;
            synchronized (Turns.this) {
                if (left) {
                    return;
                }
                if (held) {
                    next = List.of(begin);
                } else {
                    works.add(begin);
                    if (works.size() == 1) {
                        waiting.computeIfAbsent(tenant, name -> new ArrayDeque<>())
                                .add(this);
                    }
                    next = next();
                }
            }
            next.forEach(Runnable::run);
        }

        /** Lets others go on until there is something to run. */
        void giveBack() {
            List<Runnable> next;
            synchronized (Turns.this) {
                if (!held) {
                    return;
                }
                held = false;
                underWayInAll--;
                underWay.computeIfPresent(tenant, (name, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
                next = next();
            }
            next.forEach(Runnable::run);
        }

        /** Gives it back for good; what has not begun never does. */
        void leave() {
            synchronized (Turns.this) {
                left = true;
                works.clear();
            }
            giveBack();
        }
    }
}
