package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a whole process can show: its one line, its signals, its exit codes. */
class ServerProcessTest {

    private static final StoreId STORE = new StoreId("acme", "chunks");

    @TempDir
    private Path dir;

    private String data() {
        return dir.resolve("data").toString();
    }

    @Test
    void sigterm_under_load_ends_in_order_and_loses_no_acknowledged_write() throws Exception {
        WriteStorm storm = new WriteStorm(1);
        try (ChildServer server = ChildServer.serving("--data-dir", data());
                KVStores stores = server.client()) {
            assertThat(server.startLine()).contains("backend file ", "durability sync", " 0 chunks found, transport ");
            storm.run(stores.store(STORE), 50, server::terminate);
            assertThat(server.exitCode()).isZero();
            assertThat(server.stderr()).allMatch(line -> line.contains("INFO"));
        }
        try (ChildServer server = ChildServer.serving("--data-dir", data());
                KVStores stores = server.client()) {
            int acknowledged = storm.checkAll(stores.store(STORE));
            Matcher found = Pattern.compile("(\\d+) chunks found").matcher(server.startLine());
            assertThat(found.find()).isTrue();
            assertThat(Integer.parseInt(found.group(1)))
                    .isGreaterThanOrEqualTo(acknowledged)
                    .isGreaterThanOrEqualTo(50);
        }
    }

    @Test
    void a_server_ends_with_the_process_that_started_it_for_itself() throws Exception {
        Process parent = new ProcessBuilder("sleep", "60").start();
        try (ChildServer server = ChildServer.startedBy(parent.pid(), "--data-dir", data())) {
            parent.destroyForcibly();
            assertThat(server.exitCode()).isZero();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void a_second_server_on_the_same_directory_does_not_start_and_hurts_nobody() throws Exception {
        try (ChildServer first = ChildServer.serving("--data-dir", data(), "--admin-port", "0");
                ChildServer second = ChildServer.launch("--port", "0", "--data-dir", data())) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.stderr())
                    .singleElement()
                    .asString()
                    .startsWith("kvstore-server: cannot use the data directory");
            assertHealthy(first);
        }
    }

    private static void assertHealthy(ChildServer server) throws Exception {
        Matcher admin = Pattern.compile("admin (127\\.0\\.0\\.1:\\d+)").matcher(server.startLine());
        assertThat(admin.find()).isTrue();
        for (String page : new String[] {"/healthz", "/metrics"}) {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + admin.group(1) + page))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).containsAnyOf("serving", "kvstore_bytes_in_flight");
        }
    }
}
