package io.kvstore.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a trace in the format that the Mooncake project published its production traces in: a JSON object a line, of which
 * {@code input_length} and {@code hash_ids} are used.
 */
final class TraceReader implements AutoCloseable {

    /** Ids are expected to be dense: the model keeps a few bits for each below the largest. */
    static final int MAX_ID = (1 << 26) - 1;

    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final BufferedReader lines;
    private long lineNumber;

    TraceReader(Path file) throws IOException {
        this.file = file;
        this.lines = Files.newBufferedReader(file, StandardCharsets.UTF_8);
    }

    /** How many requests a trace has, at most {@code max}. */
    static long count(Path file, long max) throws IOException {
        try (TraceReader reader = new TraceReader(file)) {
            long requests = 0;
            while (requests < max && reader.nextLine() != null) {
                requests++;
            }
            return requests;
        }
    }

    /**
     * The next request, or nothing at the end.
     *
     * @throws IOException with file and line when it cannot be read as one
     */
    Optional<TraceRequest> next() throws IOException {
        String line = nextLine();
        if (line == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(line));
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(file + ", line " + lineNumber + ": " + firstLine(e), e);
        }
    }

    private @org.jspecify.annotations.Nullable String nextLine() throws IOException {
        String line;
        do {
            line = lines.readLine();
            lineNumber++;
        } while (line != null && line.isBlank());
        return line;
    }

    private static TraceRequest parse(String line) throws IOException {
        int inputLength = -1;
        List<Integer> ids = new ArrayList<>();
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not a JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "input_length" -> inputLength = json.getIntValue();
                    case "hash_ids" -> readIds(json, ids);
                    default -> json.skipChildren();
                }
            }
        }
        if (inputLength < 0) {
            throw new IllegalArgumentException("input_length is missing or negative");
        }
        return new TraceRequest(inputLength, ids);
    }

    private static void readIds(JsonParser json, List<Integer> ids) throws IOException {
        if (!json.isExpectedStartArrayToken()) {
            throw new IllegalArgumentException("hash_ids is not an array");
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            int id = json.getIntValue();
            if (id < 0 || id > MAX_ID) {
                throw new IllegalArgumentException("hash_ids: " + id + " (expected: 0 to " + MAX_ID + ")");
            }
            ids.add(id);
        }
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("not readable");
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
