package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.core.StoreObserver.Operation;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StoreMetricsTest {

    @Test
    void refusals_of_access_and_unknown_resources_are_counted_by_their_reason_alone() {
        AccessPolicy policy = metrics.counted((resource, token) -> resource.equals("acme")
                ? CompletableFuture.completedFuture(AccessPolicy.Grant.UNLIMITED)
                : CompletableFuture.failedFuture(new KVStoreException(Reason.PERMISSION_DENIED, "no")));
        CompletableFuture<AccessPolicy.Grant> ignored = policy.check("acme", CallerToken.NONE);
        for (int i = 0; i < 2; i++) {
            ignored = policy.check("invented-" + i, CallerToken.NONE);
        }
        assertThat(ignored).isCompletedExceptionally();
        metrics.watchAccounts(() -> 3);

        assertThat(MetricsText.of(metrics.registry()))
                .contains("kvstore_access_checks_total{outcome=\"ok\"} 1.0")
                .contains("kvstore_access_checks_total{outcome=\"permission_denied\"} 2.0")
                .contains("kvstore_account_resolutions_total{outcome=\"ok\"} 0.0")
                .contains("kvstore_storage_accounts_down 3.0")
                .doesNotContain("acme")
                .doesNotContain("invented");
    }

    private final StoreMetrics metrics = new StoreMetrics();

    private String scrape() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, metrics.registry().scrape());
        return text.toString(StandardCharsets.UTF_8);
    }

    @Test
    void calls_are_counted_by_layer_operation_and_outcome_with_their_time_and_bytes() throws IOException {
        metrics.called("store", Operation.GET, Optional.empty(), 2_000_000, 1_200);
        metrics.called("store", Operation.GET, Optional.of(Reason.DATA_LOSS), 1_000, 0);
        metrics.called("backend", Operation.PUT, Optional.empty(), 1_000, 64);
        assertThat(scrape())
                .contains("kvstore_calls_total{layer=\"store\",operation=\"get\",outcome=\"ok\"} 1.0")
                .contains("kvstore_calls_total{layer=\"store\",operation=\"get\",outcome=\"data_loss\"} 1.0")
                .contains("kvstore_payload_bytes_total{layer=\"store\",operation=\"get\"} 1200.0")
                .contains("kvstore_payload_bytes_total{layer=\"backend\",operation=\"put\"} 64.0")
                .contains("kvstore_call_seconds_bucket{layer=\"store\",operation=\"get\",le=\"0.001\"} 1")
                .contains("kvstore_call_seconds_bucket{layer=\"store\",operation=\"get\",le=\"0.003\"} 2");
    }

    @Test
    void lookups_are_counted_with_the_blocks_asked_and_found() throws IOException {
        metrics.lookedUp(10, 7, false, 1_000);
        metrics.lookedUp(5, 0, true, 1_000);
        assertThat(scrape())
                .contains(
                        "kvstore_lookups_total{degraded=\"false\"} 1.0", "kvstore_lookups_total{degraded=\"true\"} 1.0")
                .contains("kvstore_lookup_blocks_total{kind=\"asked\"} 15.0")
                .contains("kvstore_lookup_blocks_total{kind=\"found\"} 7.0")
                .contains("kvstore_lookup_seconds_count 2");
    }

    @Test
    void how_payloads_were_sent_is_asked_for_at_each_look() throws IOException {
        metrics.watchSent(() -> 9, () -> 4);
        assertThat(scrape())
                .contains(
                        "kvstore_sent_bytes_total{way=\"in_place\"} 9.0",
                        "kvstore_sent_bytes_total{way=\"copied\"} 4.0");
    }

    @Test
    void what_is_in_flight_is_asked_for_at_each_look() throws IOException {
        long[] bytes = {5};
        metrics.watch(() -> bytes[0], () -> 3);
        assertThat(scrape()).contains("kvstore_bytes_in_flight 5.0", "kvstore_active_calls 3.0");
        bytes[0] = 7;
        assertThat(scrape()).contains("kvstore_bytes_in_flight 7.0");
    }
}
