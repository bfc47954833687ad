package io.kvstore.azurite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real one. Skipped with a message where it can't be had, except in CI. */
class AzuriteTest {

    @Test
    void it_listens_has_every_account_and_ends_when_closed() throws Exception {
        Azurite azurite = start(Azurite.builder());
        try (azurite) {
            assertThat(azurite.endpoint("acme").getHost()).isEqualTo("127.0.0.1");
            assertThat(azurite.endpoint("acme").getPath()).isEqualTo("/acme");
            AzuriteClient client = new AzuriteClient(azurite);
            // Refused for want of a signature: there is such an account.
            assertThat(client.getAnonymously("beta", "?comp=list").statusCode()).isEqualTo(403);
            assertThatThrownBy(() -> azurite.endpoint("No/Account")).isInstanceOf(IllegalArgumentException.class);
        }

        assertThat(azurite.process().isAlive()).isFalse();
        azurite.close();
    }

    @Test
    void over_https_it_takes_its_own_token_and_nothing_less() throws Exception {
        try (Azurite azurite = start(Azurite.builder().https())) {
            AzuriteClient client = new AzuriteClient(azurite);

            assertThat(client.put("acme", "/fresh?restype=container", "").statusCode())
                    .isEqualTo(201);
            assertThat(client.put("acme", "/fresh/blob", "kv").statusCode()).isEqualTo(201);
            assertThat(client.get("acme", "/fresh/blob").body()).isEqualTo("kv");
            assertThat(client.getAnonymously("acme", "/fresh/blob").statusCode())
                    .isNotEqualTo(200);
        }
    }

    /** The failure: it was killed, every call failed, and nobody said why. */
    @Test
    void it_says_when_it_ends_by_itself() throws Exception {
        CountDownLatch killedEnd = new CountDownLatch(1);
        CountDownLatch closedEnd = new CountDownLatch(1);
        try (Azurite closed = start(Azurite.builder())) {
            closed.onUnexpectedEnd(closedEnd::countDown);
        }
        try (Azurite killed = start(Azurite.builder())) {
            killed.onUnexpectedEnd(killedEnd::countDown);
            killed.process().destroyForcibly();
            assertThat(killedEnd.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(closedEnd.getCount()).isOne();
    }

    @Test
    void what_it_keeps_on_disk_is_there_after_a_restart(@TempDir Path data) throws Exception {
        try (Azurite azurite = start(Azurite.builder().https().dataDirectory(data.resolve("made")))) {
            AzuriteClient client = new AzuriteClient(azurite);
            client.put("acme", "/kept?restype=container", "");
            assertThat(client.put("acme", "/kept/blob", "kv").statusCode()).isEqualTo(201);
        }
        try (Azurite azurite = start(Azurite.builder().https().dataDirectory(data.resolve("made")))) {
            assertThat(new AzuriteClient(azurite).get("acme", "/kept/blob").body())
                    .isEqualTo("kv");
        }
    }

    @Test
    void a_data_directory_is_for_one_at_a_time(@TempDir Path data) throws Exception {
        try (Azurite azurite = start(Azurite.builder().dataDirectory(data))) {
            assertThatThrownBy(() -> Azurite.builder().dataDirectory(data).start())
                    .hasMessageContaining("in use by another Azurite");
            assertThat(azurite.process().isAlive()).isTrue();
        }
        start(Azurite.builder().dataDirectory(data)).close();
    }

    @Test
    void it_does_not_outlive_a_killed_owner() throws Exception {
        install();
        Process owner = ChildJvm.start(AzuriteOwner.class);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
            long pid = Long.parseLong(lines.readLine());
            ProcessHandle azurite = ProcessHandle.of(pid).orElseThrow();

            owner.destroyForcibly();

            azurite.onExit().get(60, TimeUnit.SECONDS);
        } finally {
            owner.destroyForcibly();
        }
    }

    @Test
    void a_second_start_needs_no_npm() throws Exception {
        install();

        Azurite.builder().commands("node", "/no/such/npm").start().close();
    }

    @Test
    void without_node_it_says_so_in_one_line() throws Exception {
        install();

        assertThatThrownBy(
                        () -> Azurite.builder().commands("/no/such/node", "npm").start())
                .isInstanceOf(AzuriteMissingException.class)
                .hasMessage(
                        "Azurite needs Node.js, and '/no/such/node' can't be run: install Node.js 18 or newer with npm");
    }

    @Test
    void a_data_directory_that_is_none_fails_the_start_in_one_line(@TempDir Path data) throws Exception {
        install();
        Path file = Files.writeString(data.resolve("file"), "");

        assertThatThrownBy(() -> Azurite.builder().dataDirectory(file).start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("file")
                .message()
                .doesNotContain("\n");
    }

    private static Azurite start(AzuriteBuilder builder) throws IOException {
        install();
        return builder.start();
    }

    private static void install() throws IOException {
        try {
            new Installation(Installation.userCache(), new Npm("npm")).directory();
        } catch (AzuriteMissingException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(e.getMessage());
            }
            Assumptions.abort(e.getMessage());
        }
    }
}
