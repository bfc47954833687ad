package io.kvstore.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * Health and metrics for an operator on this machine: {@code GET /healthz} answers 200 while calls are served and 503 from
 * the start of the drain on, {@code GET /metrics} answers Prometheus text. One thread, loopback only: it shares nothing with
 * the calls it reports on.
 */
final class AdminEndpoint implements AutoCloseable {

    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService thread;

    private AdminEndpoint(HttpServer server, ExecutorService thread) {
        this.server = server;
        this.thread = thread;
    }

    /**
     * Starts answering.
     *
     * @param metrics empty when none are kept: /metrics is 404 then
     * @throws IOException when the port cannot be bound
     */
    static AdminEndpoint start(int port, BooleanSupplier serving, Optional<PrometheusRegistry> metrics)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), BACKLOG);
        ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
            Thread admin = new Thread(work, "kvstore-admin");
            admin.setDaemon(true);
            return admin;
        });
        server.setExecutor(thread);
        server.createContext("/", exchange -> answer(exchange, 404, "text/plain", "try /healthz or /metrics\n"));
        server.createContext("/healthz", exchange -> {
            boolean up = serving.getAsBoolean();
            answer(exchange, up ? 200 : 503, "text/plain", up ? "serving\n" : "draining\n");
        });
        metrics.ifPresent(registry -> server.createContext("/metrics", exchange -> scrape(exchange, registry)));
        server.start();
        return new AdminEndpoint(server, thread);
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void scrape(HttpExchange exchange, PrometheusRegistry registry) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
        writer.write(text, registry.scrape());
        answer(exchange, 200, writer.getContentType(), text.toString(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int status, String contentType, String body) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(status, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
    }
}
