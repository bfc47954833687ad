package io.kvstore.bench;

import io.kvstore.api.TokenBlocks;
import java.util.Arrays;
import java.util.List;

/**
 * A conversation about one source file after the other. Each prompt is the one before, the assistant's answer to it and the
 * next question: the shape that makes prefixes worth keeping. Messages are tokenized one by one, as chat templates do, so
 * that a longer prompt starts with exactly the tokens of the shorter.
 */
final class Conversation {

    private static final int EXCERPT_LINES = 60;

    private final Tokenizer tokenizer;
    private final List<Sources.File> files;
    private int[] history;
    private int turn;
    private int file;
    private int line;

    /**
     * A conversation that has not begun.
     *
     * @param system tokens that every prompt starts with
     * @param files what it is about, from the first on; not empty
     */
    Conversation(Tokenizer tokenizer, int[] system, List<Sources.File> files) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("files: none (expected: at least one)");
        }
        this.tokenizer = tokenizer;
        this.history = system.clone();
        this.files = List.copyOf(files);
    }

    /** What the assistant is told before anything else; the same for all conversations about these files. */
    static String systemPrompt(Sources sources) {
        StringBuilder text = new StringBuilder("<|im_start|>system\n")
                .append("You help engineers who read this repository. Answer from the sources you are shown, name the")
                .append(" file and the line, and say so when they do not hold the answer. Files of the repository:\n");
        sources.files()
                .forEach(file -> text.append(file.path())
                        .append(" (")
                        .append(file.lines().size())
                        .append(" lines)\n"));
        return text.append("<|im_end|>\n").toString();
    }

    /** The prompt of the next turn. */
    TokenBlocks nextPrompt() {
        if (turn > 0) {
            say("assistant", answer());
            advance();
        }
        turn++;
        say("user", question());
        return TokenBlocks.of(history);
    }

    private String question() {
        return "Turn " + turn + ". What does this part of " + current().path() + " from line " + (line + 1)
                + " on promise, and what can go wrong in it?\n" + String.join("\n", excerpt());
    }

    // No model runs here: the answer is what the excerpt itself says in its comments.
    private String answer() {
        List<String> said = excerpt().stream()
                .map(String::strip)
                .filter(text -> text.startsWith("*") || text.startsWith("//") || text.startsWith("/**"))
                .toList();
        return "From line " + (line + 1) + " on, " + current().path() + " says: " + String.join(" ", said);
    }

    private List<String> excerpt() {
        List<String> lines = current().lines();
        return lines.subList(Math.min(line, lines.size()), Math.min(line + EXCERPT_LINES, lines.size()));
    }

    private void advance() {
        line += EXCERPT_LINES;
        if (line >= current().lines().size()) {
            line = 0;
            file = (file + 1) % files.size();
        }
    }

    private Sources.File current() {
        return files.get(file);
    }

    private void say(String role, String message) {
        int[] more = tokenizer.encode("<|im_start|>" + role + "\n" + message + "<|im_end|>\n");
        int[] longer = Arrays.copyOf(history, history.length + more.length);
        System.arraycopy(more, 0, longer, history.length, more.length);
        history = longer;
    }
}
