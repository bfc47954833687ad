package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator sees of it, on stderr and with the configuration in the jar. */
class TransportFaultsTest {

    private static final String GRPC = "io.grpc.netty.NettyServerHandler";
    private static final String HTTP2 = "io.netty.handler.codec.http2.Http2FrameLogger";
    private static final String EVERY = "kvstore.log.transport.every";

    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
    private final PrintStream stderr = System.err;
    private final LoggerContext context = new LoggerContext();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        System.clearProperty(EVERY);
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @AfterEach
    void release() {
        context.stop();
        System.setErr(stderr);
        System.clearProperty(EVERY);
    }

    /** The failure: 13 MB of log in five seconds, from one connection that sent 258 KB. */
    @Test
    void a_flood_of_client_faults_is_a_line_a_minute_that_counts_the_others_without_stack_traces()
            throws JoranException {
        configure();

        for (int i = 0; i < 12_539; i++) {
            log(GRPC, Level.WARN, "Stream Error", new NumberFormatException("For input string: \"banan\n\""));
        }
        now = now.plusSeconds(60);
        log(GRPC, Level.WARN, "Stream Error", null);

        assertThat(lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains(" WARN  ")
                                .endsWith("NettyServerHandler - Stream Error: cause=NumberFormatException"
                                        + " message='For input string: \"banan\\u000a\"' untoldBefore=0"),
                        line -> assertThat(line).endsWith("NettyServerHandler - Stream Error: untoldBefore=12538"));
    }

    @Test
    void a_long_text_of_a_client_is_cut() throws JoranException {
        configure();

        log(GRPC, Level.WARN, "Stream Error", new IllegalArgumentException("x".repeat(8_000)));

        assertThat(lines()).singleElement().asString().hasSizeLessThan(400).endsWith("xxx' untoldBefore=0");
    }

    @Test
    void one_loggers_flood_hides_neither_errors_nor_what_others_say() throws JoranException {
        configure();
        log(GRPC, Level.WARN, "Stream Error", null);
        log(GRPC, Level.WARN, "Stream Error", null);

        log(GRPC, Level.ERROR, "broken", new IllegalStateException("ours"));
        log(HTTP2, Level.WARN, "theirs", null);
        log("io.grpc.internal.ServerImpl", Level.WARN, "first", null);
        log("io.grpc.internal.ServerImpl", Level.WARN, "second", null);

        assertThat(lines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("Stream Error"),
                        line -> assertThat(line).contains("ERROR", "broken", "ours at io.kvstore.server"),
                        line -> assertThat(line).endsWith("theirs: untoldBefore=0"),
                        line -> assertThat(line).endsWith("first"),
                        line -> assertThat(line).endsWith("second"));
    }

    @Test
    void a_clock_that_is_set_back_keeps_nothing_quiet() throws JoranException {
        configure();
        log(GRPC, Level.WARN, "Stream Error", null);

        now = now.minus(Duration.ofDays(1));
        log(GRPC, Level.WARN, "Stream Error", null);

        assertThat(lines()).hasSize(2);
    }

    @Test
    void verbose_shows_every_one_with_its_stack_trace() throws JoranException {
        System.setProperty(EVERY, "true");
        configure();

        log(GRPC, Level.WARN, "Stream Error", new IllegalStateException("theirs"));
        log(GRPC, Level.WARN, "Stream Error", new IllegalStateException("theirs"));

        assertThat(lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("IllegalStateException: theirs at io.kvstore.server"));
    }

    private void configure() throws JoranException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(TransportFaultsTest.class.getResource("logging.xml")));
    }

    private void log(String logger, Level level, String message, @Nullable Throwable failure) {
        Logger log = context.getLogger(logger);
        LoggingEvent event = new LoggingEvent(TransportFaultsTest.class.getName(), log, level, message, failure, null);
        event.setInstant(now);
        log.callAppenders(event);
    }

    private List<String> lines() {
        return captured.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
