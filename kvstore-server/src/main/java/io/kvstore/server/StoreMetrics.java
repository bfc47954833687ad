package io.kvstore.server;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccountResolver;
import io.kvstore.api.Reason;
import io.kvstore.core.StoreObserver;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * What the engine reports, as Prometheus metrics. Layer "store" is what callers experience and layer "backend" the backend
 * alone: their difference is what caches and filter answered.
 */
final class StoreMetrics implements StoreObserver {

    private static final double NANOS_PER_SECOND = 1e9;
    // 10 us, a chunk in memory, to 10 s, a backend in trouble.
    private static final double[] SECONDS = {
        0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter calls = Counter.builder()
            .name("kvstore_calls_total")
            .help("Calls that ended, by layer, operation and outcome: ok, or why it failed.")
            .labelNames("layer", "operation", "outcome")
            .register(registry);
    private final Counter bytes = Counter.builder()
            .name("kvstore_payload_bytes_total")
            .help("Payload bytes returned or stored.")
            .labelNames("layer", "operation")
            .register(registry);
    private final Histogram seconds = Histogram.builder()
            .name("kvstore_call_seconds")
            .help("Time from call to completion.")
            .labelNames("layer", "operation")
            .classicUpperBounds(SECONDS)
            .classicOnly()
            .register(registry);

    private final Counter lookups = Counter.builder()
            .name("kvstore_lookups_total")
            .help("Lookups that were answered, by whether trouble cut the run short.")
            .labelNames("degraded")
            .register(registry);
    private final Counter blocks = Counter.builder()
            .name("kvstore_lookup_blocks_total")
            .help("Blocks of prompts that were looked up, and how many of them were found.")
            .labelNames("kind")
            .register(registry);
    private final Histogram lookupSeconds = Histogram.builder()
            .name("kvstore_lookup_seconds")
            .help("Time from lookup to answer.")
            .classicUpperBounds(SECONDS)
            .classicOnly()
            .register(registry);

    private final OutcomeCounter accessChecks = new OutcomeCounter(
            "kvstore_access_checks_total",
            "Answers of the access policy, one for each call and each item of a stream: ok, or why not.",
            registry);
    private final OutcomeCounter accountResolutions = new OutcomeCounter(
            "kvstore_account_resolutions_total",
            "Answers to where a resource's chunks are kept: ok, or why there was none.",
            registry);

    /** The policy, counted. */
    AccessPolicy counted(AccessPolicy policy) {
        return new CountingAccessPolicy(policy, accessChecks);
    }

    /** The resolver, counted. */
    AccountResolver counted(AccountResolver resolver) {
        return new CountingAccountResolver(resolver, accountResolutions);
    }

    /** Asks how many storage accounts are taken to be down, whenever somebody looks. */
    void watchAccounts(IntSupplier down) {
        GaugeWithCallback.builder()
                .name("kvstore_storage_accounts_down")
                .help("Storage accounts whose calls fail at once because they were down a moment ago.")
                .callback(gauge -> gauge.call(down.getAsInt()))
                .register(registry);
    }

    @Override
    public void called(String layer, Operation operation, Optional<Reason> failure, long nanos, long payloadBytes) {
        String name = operation.name().toLowerCase(Locale.ROOT);
        calls.labelValues(
                        layer,
                        name,
                        failure.map(reason -> reason.name().toLowerCase(Locale.ROOT))
                                .orElse("ok"))
                .inc();
        seconds.labelValues(layer, name).observe(nanos / NANOS_PER_SECOND);
        if (payloadBytes > 0) {
            bytes.labelValues(layer, name).inc((double) payloadBytes);
        }
    }

    @Override
    public void lookedUp(int blocksAsked, int blocksFound, boolean degraded, long nanos) {
        lookups.labelValues(Boolean.toString(degraded)).inc();
        blocks.labelValues("asked").inc(blocksAsked);
        blocks.labelValues("found").inc(blocksFound);
        lookupSeconds.observe(nanos / NANOS_PER_SECOND);
    }

    /** Asks these whenever somebody looks. */
    void watch(LongSupplier bytesInFlight, IntSupplier activeCalls) {
        GaugeWithCallback.builder()
                .name("kvstore_bytes_in_flight")
                .help("Payload bytes received and not yet stored, plus those on their way to clients.")
                .callback(gauge -> gauge.call((double) bytesInFlight.getAsLong()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("kvstore_active_calls")
                .help("Calls under way.")
                .callback(gauge -> gauge.call(activeCalls.getAsInt()))
                .register(registry);
    }

    /** The same of how payloads were handed to the transport. */
    void watchSent(LongSupplier inPlaceBytes, LongSupplier copiedBytes) {
        CounterWithCallback.builder()
                .name("kvstore_sent_bytes")
                .help("Payload bytes sent, from where they lie or by copy.")
                .labelNames("way")
                .callback(counter -> {
                    counter.call((double) inPlaceBytes.getAsLong(), "in_place");
                    counter.call((double) copiedBytes.getAsLong(), "copied");
                })
                .register(registry);
    }

    PrometheusRegistry registry() {
        return registry;
    }
}
