package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.ManualClock;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whether the storage is silent, or only slow. */
class ConnectionActivityTest {

    private static final Duration LONG = Duration.ofSeconds(3);

    private final ManualClock clock = new ManualClock();
    private final SlowSocket socket = new SlowSocket();
    private final EmbeddedChannel connection = new EmbeddedChannel(socket);
    private final CallProgress call = new CallProgress();

    /** Sends nothing before the test says so. */
    private static final class SlowSocket extends ChannelOutboundHandlerAdapter {
        private @Nullable ChannelPromise sending;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            sending = promise;
        }

        void sends(long bytes, long ofBytes) {
            ((ChannelProgressivePromise) Objects.requireNonNull(sending)).setProgress(bytes, ofBytes);
        }

        void sendsAll() {
            Objects.requireNonNull(sending).setSuccess();
        }
    }

    /** The embedded channel hears of writes last, so the socket stands below what is tested. */
    private ConnectionActivity acquire() {
        ConnectionActivity activity = new ConnectionActivity(clock);
        connection.pipeline().addLast(activity);
        call.acquired(activity);
        return activity;
    }

    private Duration silent() {
        return Duration.ofNanos(call.silentNanos(clock.getAsLong()));
    }

    @Test
    void a_wait_for_a_connection_is_no_silence_of_the_storage() {
        call.awaitsConnection();
        clock.advance(LONG);

        assertThat(silent()).isZero();
        acquire();
        clock.advance(LONG);
        assertThat(silent()).isEqualTo(LONG);
        call.awaitsConnection(); // for the next try
        assertThat(silent()).isZero();
    }

    @Test
    void bytes_that_come_end_the_silence() {
        acquire();
        clock.advance(LONG);
        connection.writeInbound(Unpooled.wrappedBuffer(new byte[1]));

        assertThat(silent()).isZero();
        clock.advance(Duration.ofMillis(10));
        assertThat(silent()).isEqualTo(Duration.ofMillis(10));
    }

    @Test
    void bytes_that_go_end_the_silence_though_the_payload_is_not_yet_sent() {
        acquire();
        ChannelPromise sent = connection.newPromise();
        connection.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]), sent);
        clock.advance(LONG);
        assertThat(silent()).isEqualTo(LONG);

        socket.sends(1, 100);
        assertThat(silent()).isZero();
        clock.advance(LONG);
        assertThat(sent).isNotDone();
        socket.sendsAll();
        connection.runPendingTasks();

        assertThat(silent()).isZero();
        assertThat(sent.isSuccess()).isTrue();
    }

    @Test
    void a_storage_that_waits_for_us_is_not_silent() {
        acquire();
        call.waitsForUs(true);
        clock.advance(LONG);
        assertThat(silent()).isZero();
        call.waitsForUs(false);
        assertThat(silent()).isZero();
        clock.advance(LONG);
        assertThat(silent()).isEqualTo(LONG);
    }

    @Test
    void a_connection_has_one_and_next_to_the_socket() {
        ConnectionActivity first = ConnectionActivity.of(connection, clock);

        assertThat(ConnectionActivity.of(connection, clock)).isSameAs(first);
        assertThat(connection.pipeline().first()).isSameAs(first);
    }
}
