package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.azure.FakeBlobProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A machine with two network cards uses both, in equal parts. Needs root and iproute2, and is skipped without. */
class TwoLinksTest {

    private static final Percentage A_TENTH = Percentage.withPercentage(10);

    @Test
    void traffic_to_an_account_is_spread_evenly_over_two_links() throws Exception {
        try (TwoLinks links = links()) {
            Process storage = start(links.asStorage(java(FakeBlobProcess.class, "0.0.0.0")));
            try (BufferedReader said = linesOf(storage)) {
                String port = said.readLine().replaceFirst(".*:", "");
                Process client =
                        start(links.asClient(java(SpreadingClient.class, "http://" + TwoLinks.STORAGE + ":" + port)));
                try (BufferedReader clientSaid = linesOf(client)) {
                    assertThat(clientSaid.lines().toList()).isEqualTo(TwoLinks.CLIENT);
                    assertThat(client.waitFor()).isZero();
                } finally {
                    client.destroyForcibly();
                }

                assertThat(links.sentOver(2)).isCloseTo(links.sentOver(1), A_TENTH);
                assertThat(links.receivedOver(2)).isCloseTo(links.receivedOver(1), A_TENTH);
                storage.getOutputStream().close();
                Map<String, Long> bySource = bytesBySource(said);
                assertThat(bySource).containsOnlyKeys(TwoLinks.CLIENT);
                assertThat(bySource.get(TwoLinks.CLIENT.get(1)))
                        .isCloseTo(bySource.get(TwoLinks.CLIENT.get(0)), A_TENTH);
            } finally {
                storage.destroyForcibly();
            }
        }
    }

    private static TwoLinks links() throws InterruptedException {
        try {
            return TwoLinks.create();
        } catch (IOException e) {
            return Assumptions.abort("two network links need root and iproute2: " + e.getMessage());
        }
    }

    private static Map<String, Long> bytesBySource(BufferedReader lines) throws IOException {
        Map<String, Long> bytes = new TreeMap<>();
        for (String line : lines.lines().toList()) {
            String[] words = line.split(" ", -1);
            bytes.put(words[1], Long.parseLong(words[2]));
        }
        return bytes;
    }

    private static List<String> java(Class<?> main, String argument) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                argument);
    }

    private static Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader linesOf(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
