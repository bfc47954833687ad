package io.kvstore.bench.figures;

import io.kvstore.bench.load.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that was measured, in the order in which it was. */
public final class Results {

    private record Key(Contender contender, Case what) {}

    private final Map<Key, Series> series = new LinkedHashMap<>();

    /** Adds a round. */
    public void add(Contender contender, Case what, Outcome outcome) {
        series.computeIfAbsent(new Key(contender, what), key -> new Series(contender, what))
                .add(outcome);
    }

    public List<Series> all() {
        return new ArrayList<>(series.values());
    }

    public Optional<Series> find(Contender contender, Case what) {
        return Optional.ofNullable(series.get(new Key(contender, what)));
    }

    /** What another has for the same bytes in the same direction at the same depth. */
    Optional<Series> counterpart(Series of, Contender contender) {
        return find(contender, of.what().plain());
    }

    /** Failures, with what failed. */
    public List<String> failures() {
        return all().stream()
                .filter(each -> !each.failure().isEmpty())
                .map(each -> each.contender().label() + " " + each.what().name() + ": " + each.failure())
                .toList();
    }
}
