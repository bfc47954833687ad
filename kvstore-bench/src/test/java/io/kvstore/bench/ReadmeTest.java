package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** README.md shows what compiles and runs. */
class ReadmeTest {

    private static final Path SOURCES = Path.of("src/test/java/io/kvstore/bench");

    @ParameterizedTest
    @ValueSource(strings = {"ReadmeEmbedding.java", "ReadmeServiceTest.java"})
    void the_page_shows_the_example_as_it_is(String source) throws IOException {
        List<String> lines = Files.readAllLines(SOURCES.resolve(source));
        List<String> marks = lines.stream().map(String::strip).toList();
        List<String> shown = lines.subList(marks.indexOf("// readme: begin") + 1, marks.indexOf("// readme: end"));
        int indent = shown.get(0).indexOf(shown.get(0).strip());
        String example = shown.stream()
                .map(line -> line.isBlank() ? "" : line.substring(indent))
                .collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("../README.md"))).contains("```java\n" + example + "\n```");
    }

    @Test
    void the_embedding_example_finds_what_it_stored(@TempDir Path dir) throws IOException {
        long[] tokens = LongStream.range(0, 1_000).toArray();
        assertThat(ReadmeEmbedding.blocksFound(dir, tokens, block -> Payload.wrap(new byte[64])))
                .isZero();
        assertThat(ReadmeEmbedding.blocksFound(dir, tokens, block -> {
                    throw new AssertionError("block " + block + " is stored");
                }))
                .isEqualTo(7);
    }
}
