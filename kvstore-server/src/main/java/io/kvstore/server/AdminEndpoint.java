package io.kvstore.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Health and metrics for an operator on this machine: {@code GET /healthz} answers 200 while calls are served and 503 from
 * the start of the drain on, with a line that says why, {@code GET /metrics} answers Prometheus text. One thread, loopback only: it shares nothing with
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
     * Starts answering, when there is a port to answer on.
     *
     * @param metrics the page; empty when none are kept: /metrics is 404 then
     * @throws StartFailure when the port cannot be bound
     */
    static Optional<AdminEndpoint> start(OptionalInt port, Supplier<Health> health, Optional<Supplier<String>> metrics)
            throws StartFailure {
        if (port.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(start(port.getAsInt(), health, metrics));
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new StartFailure(
                    "cannot listen on 127.0.0.1:" + port.getAsInt() + " (--admin-port): " + OneLine.of(why), e);
        }
    }

    private static AdminEndpoint start(int port, Supplier<Health> health, Optional<Supplier<String>> metrics)
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
            Health now = health.get();
            answer(exchange, now.serving() ? 200 : 503, "text/plain", now.text() + "\n");
        });
        metrics.ifPresent(page -> server.createContext(
                "/metrics", exchange -> answer(exchange, 200, MetricsText.CONTENT_TYPE, page.get())));
        server.start();
        return new AdminEndpoint(server, thread);
    }

    int port() {
        return server.getAddress().getPort();
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
