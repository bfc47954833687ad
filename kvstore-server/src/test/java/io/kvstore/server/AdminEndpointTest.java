package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class AdminEndpointTest {

    private static HttpResponse<String> get(AdminEndpoint admin, String path) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + admin.port() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static AdminEndpoint start(Supplier<Health> health, Optional<Supplier<String>> metrics)
            throws StartFailure {
        return AdminEndpoint.start(OptionalInt.of(0), health, metrics).orElseThrow();
    }

    @Test
    void health_follows_the_server() throws Exception {
        AtomicReference<Health> health = new AtomicReference<>(Health.SERVING);
        try (AdminEndpoint admin = start(health::get, Optional.empty())) {
            assertThat(get(admin, "/healthz").statusCode()).isEqualTo(200);
            health.set(Health.DRAINING);
            HttpResponse<String> answer = get(admin, "/healthz");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("draining\n");
        }
    }

    @Test
    void metrics_are_prometheus_text() throws Exception {
        PrometheusRegistry registry = new PrometheusRegistry();
        Counter.builder()
                .name("apples_total")
                .help("Apples.")
                .register(registry)
                .inc(3);
        try (AdminEndpoint admin = start(() -> Health.SERVING, Optional.of(() -> MetricsText.of(registry)))) {
            HttpResponse<String> answer = get(admin, "/metrics");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
            assertThat(answer.body()).contains("# TYPE apples_total counter", "apples_total 3.0");
        }
    }

    @Test
    void without_metrics_there_is_no_metrics_page() throws Exception {
        try (AdminEndpoint admin = start(() -> Health.SERVING, Optional.empty())) {
            assertThat(get(admin, "/metrics").statusCode()).isEqualTo(404);
        }
    }
}
