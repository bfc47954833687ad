package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "'0-1\n', 0-1", "'0-3,8-11', '0-3,8-11'", "'7,5,6,1', '1,5-7'", "' 2 , 3 ', 2-3", "'', ''"})
    void what_linux_writes_is_read_and_written_in_its_form(String text, String form) {
        assertThat(CpuList.parse(text)).hasToString(form);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1-", "-1", "3-1", "0,,1", "0-3:1/2", "0-99999", "0-4294967295", "1 2"})
    void anything_else_is_refused_with_what_it_was(String text) {
        assertThatThrownBy(() -> CpuList.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'" + text + "' (expected: a list such as ");
    }

    @Test
    void what_both_have_is_left() {
        assertThat(CpuList.parse("0-7").and(CpuList.parse("1,3,6-9"))).hasToString("1,3,6-7");
    }
}
