package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kvstore.grpc.GrpcServer;
import io.kvstore.testkit.MemoryKVStores;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ListenAddressTest {

    private static GrpcServer serve(boolean shared, int port) throws IOException {
        return GrpcServer.builder(new MemoryKVStores())
                .host("127.0.0.1")
                .port(port)
                .sharedPort(shared)
                .start();
    }

    @Test
    void a_port_is_shared_by_those_who_say_so() throws Exception {
        GrpcServer first = serve(true, 0);
        try {
            assumeThat(first.transportName()).isEqualTo("epoll");
            ListenAddress.check("127.0.0.1", first.port(), true);
            serve(true, first.port()).shutdown(Duration.ZERO);
            assertThatThrownBy(() -> ListenAddress.check("127.0.0.1", first.port(), false))
                    .isInstanceOf(StartFailure.class);
        } finally {
            first.shutdown(Duration.ZERO);
        }
    }

    /** A second server that was started by mistake would take half of the first one's clients. */
    @Test
    void a_port_is_not_shared_unless_said() throws Exception {
        GrpcServer first = serve(false, 0);
        try {
            assertThatThrownBy(() -> ListenAddress.check("127.0.0.1", first.port(), true))
                    .isInstanceOf(StartFailure.class);
            assertThatThrownBy(() -> serve(true, first.port())).isInstanceOf(IOException.class);
            assertThatCode(() -> ListenAddress.check("127.0.0.1", 0, true)).doesNotThrowAnyException();
        } finally {
            first.shutdown(Duration.ZERO);
        }
    }
}
