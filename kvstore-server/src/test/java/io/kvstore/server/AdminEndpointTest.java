package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class AdminEndpointTest {

    private static HttpResponse<String> get(AdminEndpoint admin, String path) throws IOException, InterruptedException {
        return ask("GET", admin, path);
    }

    private static HttpResponse<String> ask(String method, AdminEndpoint admin, String path)
            throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + admin.port() + path);
        HttpRequest request = HttpRequest.newBuilder(address)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The failure: who asks at a wrong path, be it with a typing error, is told that all is well. */
    @Test
    void a_page_is_answered_under_its_own_path_alone() throws Exception {
        try (AdminEndpoint admin = start(() -> Health.SERVING, Optional.of(() -> "page"))) {
            for (String path : List.of("/metricsFOO", "/metrics/", "/healthz/live", "/", "/METRICS")) {
                assertThat(get(admin, path).statusCode()).as(path).isEqualTo(404);
            }
            assertThat(get(admin, "/metrics?name=kvstore").body()).isEqualTo("page");
        }
    }

    @Test
    void pages_are_read_and_never_written() throws Exception {
        try (AdminEndpoint admin = start(() -> Health.SERVING, Optional.of(() -> "page"))) {
            for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
                HttpResponse<String> answer = ask(method, admin, "/metrics");
                assertThat(answer.statusCode()).as(method).isEqualTo(405);
                assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD");
            }
            HttpResponse<String> head = ask("HEAD", admin, "/metrics");
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.headers().firstValue("Content-Length")).contains("4");
        }
    }

    /** The failure: whoever sends half of a request and no more has every probe time out. */
    @Test
    void half_a_request_keeps_nobody_else_waiting() throws Exception {
        try (AdminEndpoint admin = start(() -> Health.SERVING, Optional.empty());
                Socket half = new Socket(InetAddress.getLoopbackAddress(), admin.port())) {
            half.getOutputStream().write("GET /heal".getBytes(StandardCharsets.US_ASCII));
            half.getOutputStream().flush();

            assertThat(get(admin, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(admin, "/healthz").statusCode()).isEqualTo(200);
        }
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
