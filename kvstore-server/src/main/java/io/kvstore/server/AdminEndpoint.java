package io.kvstore.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Health and metrics for an operator on this machine: {@code GET /healthz} answers 200 while calls are served and 503 from
 * the start of the drain on, with a line that says why, {@code GET /metrics} answers Prometheus text; HEAD the same without
 * a body, other methods are 405, other paths 404. One thread, loopback only: it shares nothing with the calls it reports on.
 */
final class AdminEndpoint implements AutoCloseable {

    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final int BACKLOG = 16;
    private static final int NO_BODY = -1;
    private static final String PLAIN = "text/plain";
    private static final Page NOT_FOUND = new Page(404, PLAIN, "try /healthz or /metrics\n");

    /** One that says half of a request, or reads half of an answer, leaves others to those who ask whether the server is well. */
    private static final int THREADS = 4;

    /** The JDK's server takes its limits from here when it is first used; without them it waits for ever. */
    private static final Map<String, String> MAX_SECONDS =
            Map.of("sun.net.httpserver.maxReqTime", "5", "sun.net.httpserver.maxRspTime", "30");

    private final HttpServer server;
    private final ExecutorService threads;

    private record Page(int status, String contentType, String body) {}

    private AdminEndpoint(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Takes the port for a moment, before anything is made for the sake of a server that could not answer there.
     *
     * @throws StartFailure when that is not possible
     */
    static void check(OptionalInt port) throws StartFailure {
        if (port.isPresent()) {
            try (ServerSocket free = new ServerSocket()) {
                free.bind(address(port.getAsInt()), BACKLOG);
            } catch (IOException e) {
                throw cannotListen(port.getAsInt(), e);
            }
        }
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
        Map<String, Supplier<Page>> pages = new HashMap<>();
        pages.put("/healthz", () -> {
            Health now = health.get();
            return new Page(now.serving() ? 200 : 503, PLAIN, now.text() + "\n");
        });
        metrics.ifPresent(text -> pages.put("/metrics", () -> new Page(200, MetricsText.CONTENT_TYPE, text.get())));
        try {
            return Optional.of(start(address(port.getAsInt()), pages));
        } catch (IOException e) {
            throw cannotListen(port.getAsInt(), e);
        }
    }

    private static InetSocketAddress address(int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port);
    }

    private static StartFailure cannotListen(int port, IOException why) {
        return new StartFailure(
                "cannot listen on 127.0.0.1:" + port + " (--admin-port): " + OneLine.of(FileFailure.text(why)), why);
    }

    private static AdminEndpoint start(InetSocketAddress address, Map<String, Supplier<Page>> pages)
            throws IOException {
        MAX_SECONDS.forEach((name, seconds) -> System.getProperties().putIfAbsent(name, seconds));
        HttpServer server = HttpServer.create(address, BACKLOG);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
            Thread admin = new Thread(work, "kvstore-admin");
            admin.setDaemon(true);
            return admin;
        });
        server.setExecutor(threads);
        // One context for all: each takes every path that begins with its own.
        server.createContext("/", exchange -> answer(exchange, pages));
        server.start();
        return new AdminEndpoint(server, threads);
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, Map<String, Supplier<Page>> pages) throws IOException {
        try (exchange) {
            Supplier<Page> known = pages.get(exchange.getRequestURI().getPath());
            String method = exchange.getRequestMethod();
            if (known != null && !method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                exchange.sendResponseHeaders(405, NO_BODY);
                return;
            }
            Page page = known == null ? NOT_FOUND : known.get();
            byte[] bytes = page.body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", page.contentType);
            if (method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
                exchange.sendResponseHeaders(page.status, NO_BODY);
                return;
            }
            exchange.sendResponseHeaders(page.status, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
