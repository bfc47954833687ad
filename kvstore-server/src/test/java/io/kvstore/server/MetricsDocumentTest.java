package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.core.StoreObserver.Operation;
import io.kvstore.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What operators are told of the metrics is what there is. */
class MetricsDocumentTest {

    /** The metrics that the document has a row for. */
    static Set<String> documented() throws IOException {
        return Pattern.compile("^\\| `(kvstore_\\w+)`", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../docs/metrics.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void the_document_has_every_metric_and_no_other() throws IOException {
        StoreMetrics metrics = new StoreMetrics();
        metrics.watch(() -> 1, () -> 1);
        metrics.watchSent(() -> 1, () -> 1);
        metrics.watchAccounts(() -> 1);
        metrics.called("store", Operation.GET, Optional.empty(), 1, 1);
        metrics.lookedUp(1, 1, false, 1);
        ManualClock clock = new ManualClock();
        SupervisedProcess process =
                new SupervisedProcess("node-0", 7_000, new FakeChildren(), clock.scheduler(), clock);
        Set<String> there = MetricsPage.names(MetricsText.of(metrics.registry()));
        there.addAll(MetricsPage.names(new ProcessPages(List.of(process)).metrics()));

        assertThat(documented()).isEqualTo(there);
    }
}
