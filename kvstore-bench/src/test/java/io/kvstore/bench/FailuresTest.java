package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;

class FailuresTest {

    /** The failure: kilobytes of digits, of whatever a server had sent. */
    @Test
    void what_was_received_instead_of_tls_is_not_shown() {
        KVStoreException failure = new KVStoreException(
                Reason.UNAVAILABLE,
                "io exception",
                new SSLException("not an SSL/TLS record: " + "485454502f312e31".repeat(100)));

        assertThat(Failures.message(failure, CommandSpec.create()))
                .isEqualTo("UNAVAILABLE: TLS failed: not an SSL/TLS record");
    }
}
