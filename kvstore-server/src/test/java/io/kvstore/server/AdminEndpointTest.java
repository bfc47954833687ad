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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class AdminEndpointTest {

    private static HttpResponse<String> get(AdminEndpoint admin, String path) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + admin.port() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void health_follows_the_server() throws Exception {
        AtomicBoolean serving = new AtomicBoolean(true);
        try (AdminEndpoint admin = AdminEndpoint.start(0, serving::get, Optional.empty())) {
            assertThat(get(admin, "/healthz").statusCode()).isEqualTo(200);
            serving.set(false);
            assertThat(get(admin, "/healthz").statusCode()).isEqualTo(503);
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
        try (AdminEndpoint admin = AdminEndpoint.start(0, () -> true, Optional.of(registry))) {
            HttpResponse<String> answer = get(admin, "/metrics");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
            assertThat(answer.body()).contains("# TYPE apples_total counter", "apples_total 3.0");
        }
    }

    @Test
    void without_metrics_there_is_no_metrics_page() throws Exception {
        try (AdminEndpoint admin = AdminEndpoint.start(0, () -> true, Optional.empty())) {
            assertThat(get(admin, "/metrics").statusCode()).isEqualTo(404);
        }
    }
}
