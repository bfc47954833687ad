package io.kvstore.server;

import io.kvstore.api.KVStoreException;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** Counts how futures end: ok, cancelled, or the reason why they failed. */
final class OutcomeCounter {

    private final Counter counter;

    /** Of almost all: no label is looked up for it. */
    private final CounterDataPoint ok;

    OutcomeCounter(String name, String help, PrometheusRegistry registry) {
        counter = Counter.builder().name(name).help(help).labelNames("outcome").register(registry);
        ok = counter.labelValues("ok");
    }

    /** The future itself, so that a cancel reaches who answers. */
    <T> CompletableFuture<T> of(CompletableFuture<T> answer) {
        if (answer.isDone() && !answer.isCompletedExceptionally()) {
            ok.inc();
            return answer;
        }
        answer.whenComplete((value, failure) -> {
            if (failure == null) {
                ok.inc();
            } else {
                counter.labelValues(outcome(failure)).inc();
            }
        });
        return answer;
    }

    private static String outcome(Throwable failure) {
        return failure instanceof CancellationException
                ? "cancelled"
                : KVStoreException.of(failure).reason().name().toLowerCase(Locale.ROOT);
    }
}
