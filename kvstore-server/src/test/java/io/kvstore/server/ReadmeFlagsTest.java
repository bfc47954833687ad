package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeFlagsTest {

    @Test
    void the_page_names_every_flag_and_variable() throws IOException {
        String page = Files.readString(Path.of("../README.md"));
        for (Flag flag : Flag.values()) {
            assertThat(page).contains("`" + flag.option() + "`");
            flag.variable().ifPresent(variable -> assertThat(page).contains("`" + variable + "`"));
        }
    }
}
