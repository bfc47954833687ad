package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusMappingTest {

    @ParameterizedTest
    @EnumSource(Reason.class)
    void every_reason_is_the_status_of_that_name_and_comes_back(Reason reason) {
        StatusRuntimeException sent = StatusMapping.toStatus(new KVStoreException(reason, "what happened"));

        assertThat(sent.getStatus().getCode().name()).isEqualTo(reason.name());
        assertThat(sent.getStatus().getDescription()).isEqualTo("what happened");
        KVStoreException received = StatusMapping.toException(sent.getStatus(), sent.getTrailers());
        assertThat(received.reason()).isEqualTo(reason);
        assertThat(received).hasMessage("what happened");
        assertThat(received.retryAfter()).isEmpty();
    }

    @Test
    void a_retry_delay_comes_back() {
        Duration delay = Duration.ofSeconds(3, 500_000_000);
        StatusRuntimeException sent =
                StatusMapping.toStatus(new KVStoreException(Reason.UNAVAILABLE, "busy", delay, null));

        assertThat(sent.getTrailers()).isNotNull();
        assertThat(sent.getTrailers().keys()).contains("grpc-status-details-bin");
        assertThat(StatusMapping.toException(sent.getStatus(), sent.getTrailers())
                        .retryAfter())
                .contains(delay);
    }

    @ParameterizedTest
    @EnumSource(Status.Code.class)
    void every_status_is_some_reason(Status.Code code) {
        KVStoreException failure = StatusMapping.toException(Status.fromCode(code), null);

        assertThat(failure.getMessage()).isNotEmpty();
        assertThat(failure.reason()).isNotNull();
    }

    @Test
    void details_that_cannot_be_read_hide_nothing() {
        Metadata trailers = new Metadata();
        trailers.put(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER), new byte[] {1, 2});

        KVStoreException failure = StatusMapping.toException(Status.UNAVAILABLE.withDescription("down"), trailers);

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure).hasMessage("down");
    }

    @Test
    void foreign_text_is_escaped_and_cut() {
        KVStoreException failure =
                StatusMapping.toException(Status.INTERNAL.withDescription("\u001b[31m" + "x".repeat(100_000)), null);

        assertThat(failure.getMessage()).startsWith("\\u001b[31m").hasSizeLessThan(2_000);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void the_error_text_of_an_answer_carries_the_reason(Reason reason) {
        KVStoreException back = ErrorText.parse(ErrorText.of(new KVStoreException(reason, "a: b")));

        assertThat(back.reason()).isEqualTo(reason);
        assertThat(back).hasMessage("a: b");
    }

    @Test
    void an_error_text_of_a_server_before_us_is_internal() {
        assertThat(ErrorText.parse("Blob not found").reason()).isEqualTo(Reason.INTERNAL);
    }
}
