package io.kvstore.bench;

import io.kvstore.api.Limits;
import io.kvstore.api.TokenBlocks;
import io.kvstore.server.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The text that a command is about, and the partition that its blocks belong to. */
final class TextOptions {

    // Longer than any text of as many tokens as a lookup may have is likely to be; bounds what is read from a pipe.
    private static final int MAX_TEXT_BYTES = 64 << 20;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            defaultValue = "-",
            description = "text in UTF-8, tokenized with cl100k_base; - or nothing reads stdin")
    String file = "";

    @Option(names = "--partition", paramLabel = "KEY", defaultValue = "", description = "partition key (default: none)")
    String partition = "";

    /**
     * The tokens of the text.
     *
     * @throws IOException when it cannot be read
     * @throws CommandFailure when it is empty or no text, or has more tokens than a lookup may have
     */
    TokenBlocks tokens(InputStream stdin) throws IOException {
        String text = utf8(bytes(file, stdin, MAX_TEXT_BYTES));
        if (text.isEmpty()) {
            throw new CommandFailure(Exit.USAGE, "the text is empty");
        }
        TokenBlocks tokens = new Tokenizer().blocks(text);
        if (tokens.tokenCount() > Limits.MAX_LOOKUP_TOKENS) {
            throw new CommandFailure(
                    Exit.USAGE,
                    "the text has " + tokens.tokenCount() + " tokens (expected: at most " + Limits.MAX_LOOKUP_TOKENS
                            + ")");
        }
        return tokens;
    }

    /** Read as text, bytes that are none would become other tokens than anybody asked for. */
    private String utf8(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length); // never more characters than bytes
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (result.isError()) {
            throw new CommandFailure(
                    Exit.USAGE,
                    (file.equals("-") ? "stdin" : "'" + file + "'") + " is no text: byte " + in.position()
                            + " is not UTF-8 (expected: a text in UTF-8; bytes are stored with write --payload)");
        }
        return out.flip().toString();
    }

    /** The bytes of a file, or of stdin for "-"; at most {@code maxBytes}. */
    static byte[] bytes(String file, InputStream stdin, int maxBytes) throws IOException {
        try (InputStream in = file.equals("-") ? stdin : Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new CommandFailure(Exit.USAGE, file + ": more than " + maxBytes + " bytes");
            }
            return bytes;
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException | InvalidPathException e) {
            throw new CommandFailure(
                    Exit.FAILURE,
                    "cannot read '" + file + "': " + (e instanceof IOException io ? FileFailure.reason(io) : "no path"),
                    e);
        }
    }
}
