package io.kvstore.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerTokenTest {

    private static final String SECRET = "s3cret-of-acme";

    @Test
    void nothing_that_is_printed_shows_the_secret() {
        CallerToken token = CallerToken.of(SECRET);
        CallOptions options = CallOptions.DEFAULT.withToken(token).withRequestId("r");

        assertThat(token.toString() + options).doesNotContain(SECRET).contains("hidden");
        assertThat(CallerToken.NONE).hasToString("CallerToken[none]");
    }

    @Test
    void options_keep_the_token_whatever_else_is_set() {
        CallOptions options = CallOptions.DEFAULT
                .withToken(CallerToken.of(SECRET))
                .withTimeout(Duration.ofSeconds(1))
                .withRequestId("r");

        assertThat(options.token()).isEqualTo(CallerToken.of(SECRET)).isNotEqualTo(CallerToken.of(SECRET + "x"));
    }

    @Test
    void the_digest_is_sha_256() {
        assertThat(CallerToken.of("abc").sha256())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n", "\u00e9", "\u0000"})
    void what_a_header_cannot_carry_is_no_token_and_is_not_repeated(String text) {
        assertThatThrownBy(() -> CallerToken.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token: expected 1 to 4096 printable ASCII characters without blanks");
    }

    @Test
    void a_token_has_at_most_4096_characters() {
        assertThat(CallerToken.isToken("x".repeat(4_096))).isTrue();
        assertThat(CallerToken.isToken("x".repeat(4_097))).isFalse();
    }
}
