package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OneLineTest {

    @Test
    void control_format_and_line_characters_are_escaped_and_other_text_stays() {
        assertThat(OneLine.of("caf\u00e9 \u6f22 ok")).isEqualTo("caf\u00e9 \u6f22 ok");
        assertThat(OneLine.of("a\nb\rc\td\u001b[31m\u2028\u2029\u202e\u0085"))
                .isEqualTo("a\\u000ab\\u000dc\\u0009d\\u001b[31m\\u2028\\u2029\\u202e\\u0085");
    }

    @Test
    void long_text_is_cut_and_says_so() {
        assertThat(OneLine.of("x".repeat(5_000))).hasSizeLessThan(4_200).endsWith("... (5000 characters)");
    }

    @Test
    void an_event_is_one_line_whatever_a_client_sent() throws JoranException {
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        PrintStream stderr = System.err;
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        try {
            System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(context);
            URL configuration = Objects.requireNonNull(OneLineTest.class.getResource("logging.xml"));
            configurator.doConfigure(configuration);
            Throwable failure = new IllegalStateException("outer\nforged", new RuntimeException("inner\r\nforged"));
            context.getLogger("io.kvstore.Test").warn("request {} failed", "id\n2026 ERROR forged", failure);
        } finally {
            context.stop();
            System.setErr(stderr);
        }
        assertThat(captured.toString(StandardCharsets.UTF_8))
                .hasLineCount(1)
                .contains("request id\\u000a2026 ERROR forged failed")
                .contains("java.lang.IllegalStateException: outer\\u000aforged at io.kvstore.server.OneLineTest")
                .contains("caused by java.lang.RuntimeException: inner\\u000d\\u000aforged");
    }
}
