package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.TokenBlocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationTest {

    private static final Tokenizer TOKENIZER = new Tokenizer();

    private static Sources.File file(String path, int lines) {
        return new Sources.File(
                path,
                IntStream.range(0, lines)
                        .mapToObj(i -> "/** Line " + i + " of " + path + ". */")
                        .toList());
    }

    @Test
    void each_prompt_begins_with_the_tokens_of_the_one_before() {
        int[] system = TOKENIZER.encode("You help engineers.");
        Conversation talk = new Conversation(TOKENIZER, system, List.of(file("a.md", 70), file("b.md", 1)));
        long[] before = Arrays.stream(system).asLongStream().toArray();
        for (int turn = 0; turn < 5; turn++) {
            TokenBlocks prompt = talk.nextPrompt();
            assertThat(prompt.toArray()).startsWith(before).hasSizeGreaterThan(before.length);
            before = prompt.toArray();
        }
    }

    @Test
    void the_same_sources_give_the_same_prompts() {
        int[] system = TOKENIZER.encode("You help engineers.");
        List<Sources.File> files = List.of(file("a.md", 200));
        assertThat(new Conversation(TOKENIZER, system, files).nextPrompt())
                .isEqualTo(new Conversation(TOKENIZER, system, files).nextPrompt());
    }

    @Test
    void tokens_are_those_of_cl100k_base() {
        // From the vocabulary's publisher.
        assertThat(TOKENIZER.encode("tiktoken is great!")).containsExactly(83, 1609, 5963, 374, 2294, 0);
        assertThat(TOKENIZER.encode("<|endoftext|>")).hasSizeGreaterThan(1);
    }

    @Test
    void sources_are_text_files_in_path_order_without_build_and_hidden_directories(@TempDir Path dir)
            throws IOException {
        Files.createDirectories(dir.resolve("b/target"));
        Files.createDirectories(dir.resolve(".git"));
        Files.writeString(dir.resolve("z.md"), "z\n");
        Files.writeString(dir.resolve("b/A.java"), "class A {}\n");
        Files.writeString(dir.resolve("b/target/B.java"), "class B {}\n");
        Files.writeString(dir.resolve(".git/c.md"), "c\n");
        Files.writeString(dir.resolve("b/data.bin"), "d\n");
        assertThat(Sources.read(dir).files()).extracting(Sources.File::path).containsExactly("b/A.java", "z.md");
    }
}
