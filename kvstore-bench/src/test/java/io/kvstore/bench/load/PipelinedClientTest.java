package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plain connection, against the raw server in this process. */
class PipelinedClientTest {

    private static final int OPERATIONS = 300;

    private int port;

    @BeforeEach
    void serve() throws IOException {
        RawServer server = new RawServer();
        port = server.port();
        Thread thread = new Thread(() -> {
            try {
                server.serve();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @ParameterizedTest
    @CsvSource({"READ,512,0", "READ,40000,0", "READ,512,3000", "WRITE,512,0", "WRITE,40000,0", "WRITE,40000,3000"})
    void every_request_is_answered_with_its_own_bytes(Call call, int payloadBytes, double rate) throws Exception {
        Job job =
                Job.transfer(call, payloadBytes, 7, 8).lasting(60).atRate(rate).writing(100, OPERATIONS);
        PayloadSet payloads = new PayloadSet(payloadBytes, 7);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (PipelinedClient client = new PipelinedClient(address, new RawDialect())) {
            client.load(job, payloads);
            Window window = new Window(job, System::nanoTime);
            client.run(job, payloads, window);
            Outcome outcome = window.outcome(new Usage(0, 0), new Usage(0, 0));
            assertThat(outcome.failure()).isEmpty();
            assertThat(outcome.operations()).isEqualTo(OPERATIONS);
            assertThat(outcome.payloadBytes()).isEqualTo((long) OPERATIONS * payloadBytes);
        }
    }

    @Test
    void redis_is_asked_in_its_own_protocol() {
        RedisDialect redis = new RedisDialect();
        ByteBuffer out = ByteBuffer.allocate(Dialect.MAX_HEAD_BYTES);
        redis.putRequest(out, Call.READ, 0xabcL, 5);
        assertThat(text(out)).isEqualTo("*2\r\n$3\r\nGET\r\n$16\r\n0000000000000abc\r\n");
        out.clear();
        redis.putRequest(out, Call.WRITE, 1, 1_200_000);
        assertThat(text(out)).isEqualTo("*3\r\n$3\r\nSET\r\n$16\r\n0000000000000001\r\n$1200000\r\n");
        assertThat(redis.takeAnswerHead(bytes("$5\r\nhello\r\n"), 5)).isTrue();
        assertThat(redis.takeAnswerHead(bytes("$-1\r\n"), 5)).isFalse();
        assertThat(redis.takeWritten(bytes("+OK\r\n"))).isTrue();
        assertThat(redis.takeWritten(bytes("-OOM command not allowed"))).isFalse();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.US_ASCII.decode(buffer.duplicate().flip()).toString();
    }
}
