package io.kvstore.server;

import io.kvstore.server.SupervisedProcess.Phase;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What the admin endpoint of several processes answers: what each of them says, put together. */
final class ProcessPages {

    private final List<SupervisedProcess> processes;
    private final PrometheusRegistry registry = new PrometheusRegistry();

    ProcessPages(List<SupervisedProcess> processes) {
        this.processes = processes;
        GaugeWithCallback.builder()
                .name("kvstore_process_up")
                .help("Whether the process serves.")
                .labelNames("node")
                .callback(gauge -> forEach((node, state) -> gauge.call(state.phase() == Phase.SERVING ? 1 : 0, node)))
                .register(registry);
        CounterWithCallback.builder()
                .name("kvstore_process_starts_total")
                .help("How often the process was started.")
                .labelNames("node")
                .callback(counter -> forEach((node, state) -> counter.call((double) state.starts(), node)))
                .register(registry);
    }

    @FunctionalInterface
    private interface Each {
        void see(String node, SupervisedProcess.State state);
    }

    private void forEach(Each each) {
        for (int i = 0; i < processes.size(); i++) {
            each.see(Integer.toString(i), processes.get(i).state());
        }
    }

    /** Serving when all are; else which are not, and why. */
    Health health() {
        List<String> others = new ArrayList<>();
        for (SupervisedProcess process : processes) {
            trouble(process.state()).ifPresent(why -> others.add(process.name() + " " + why));
        }
        return others.isEmpty() ? Health.SERVING : new Health(false, String.join("; ", others));
    }

    private static Optional<String> trouble(SupervisedProcess.State state) {
        if (state.phase() != Phase.SERVING) {
            return Optional.of(state.why());
        }
        if (state.adminPort().isEmpty()) {
            return Optional.empty();
        }
        return LoopbackPage.get(state.adminPort().getAsInt(), "/healthz")
                .map(page -> page.status() == 200 ? Optional.<String>empty() : Optional.of("is draining"))
                .orElse(Optional.of("does not answer"));
    }

    /** The metrics of those that answer, with whose they are. */
    String metrics() {
        MetricsText all = new MetricsText();
        all.add(MetricsText.of(registry));
        for (int i = 0; i < processes.size(); i++) {
            OptionalInt port = processes.get(i).state().adminPort();
            if (port.isPresent()) {
                int process = i;
                LoopbackPage.get(port.getAsInt(), "/metrics").ifPresent(page -> all.add(process, page.text()));
            }
        }
        return all.text();
    }
}
