package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTextTest {

    /** Prometheus refuses a page that names a metric twice, or has two samples with the same labels. */
    @Test
    void pages_become_one_with_a_heading_a_metric_and_a_label_a_process() {
        MetricsText all = new MetricsText();
        all.add("# TYPE up gauge\nup{node=\"0\"} 1.0\n");
        String page = """
                # HELP calls_total Calls.
                # TYPE calls_total counter
                calls_total{layer="store",odd="a } b"} 3.0
                # HELP bytes Bytes.
                # TYPE bytes gauge
                bytes 4.0
                """;
        all.add(0, page);
        all.add(1, page.replace("3.0", "5.0"));
        assertThat(all.text()).isEqualTo("""
                        # TYPE up gauge
                        up{node="0"} 1.0
                        # HELP calls_total Calls.
                        # TYPE calls_total counter
                        calls_total{node="0",layer="store",odd="a } b"} 3.0
                        calls_total{node="1",layer="store",odd="a } b"} 5.0
                        # HELP bytes Bytes.
                        # TYPE bytes gauge
                        bytes{node="0"} 4.0
                        bytes{node="1"} 4.0
                        """);
    }

    @Test
    void what_is_no_metric_is_left_out() {
        MetricsText all = new MetricsText();
        all.add(0, "<html>no {metrics</html>\n\n# a comment\n");
        assertThat(all.text()).isEmpty();
    }
}
