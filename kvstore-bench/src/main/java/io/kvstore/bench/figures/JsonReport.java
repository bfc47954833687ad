package io.kvstore.bench.figures;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.kvstore.bench.load.Outcome;
import io.kvstore.bench.load.Usage;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Everything a run measured, for programs; what is not known is null. */
public final class JsonReport {

    private final JsonGenerator json;

    private JsonReport(JsonGenerator json) {
        this.json = json;
    }

    /** Writes it; the writer stays the caller's to close. */
    public static void write(Environment environment, Results results, List<Goals.Goal> goals, Writer out)
            throws IOException {
        try (JsonGenerator json = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter()) {
            new JsonReport(json).write(environment, results, goals);
        }
    }

    private void write(Environment environment, Results results, List<Goals.Goal> goals) throws IOException {
        json.writeStartObject();
        strings("machine", environment.machine());
        strings("versions", environment.versions());
        strings("settings", environment.settings());
        json.writeArrayFieldStart("rows");
        for (Series row : results.all()) {
            row(results, row);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("goals");
        for (Goals.Goal goal : goals) {
            json.writeStartObject();
            json.writeStringField("what", goal.what());
            json.writeStringField(goal.atLeast() ? "atLeast" : "atMost", Double.toString(goal.bound()));
            number("value", goal.value());
            json.writeStringField("verdict", goal.verdict().name().toLowerCase(Locale.ROOT));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void strings(String name, Map<String, String> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> value : values.entrySet()) {
            json.writeStringField(value.getKey(), value.getValue());
        }
        json.writeEndObject();
    }

    private void row(Results results, Series row) throws IOException {
        Case what = row.what();
        json.writeStartObject();
        json.writeStringField("contender", row.contender().name().toLowerCase(Locale.ROOT));
        json.writeStringField("case", what.name());
        json.writeStringField("call", what.callName());
        json.writeNumberField("payloadBytes", what.payloadBytes());
        json.writeNumberField("inFlight", what.depth());
        json.writeNumberField("blocks", what.blocks());
        json.writeStringField("hits", what.hits().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("rateShare", what.rateShare());
        json.writeNumberField("storedChunks", what.storedChunks());
        json.writeStringField("failure", row.failure());
        for (Column column : Column.ALL) {
            number(column.key(), column.of(results, row));
        }
        json.writeArrayFieldStart("rounds");
        for (Outcome round : row.rounds()) {
            round(round);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void round(Outcome round) throws IOException {
        json.writeStartObject();
        json.writeNumberField("operations", round.operations());
        json.writeNumberField("payloadBytes", round.payloadBytes());
        json.writeNumberField("nanos", round.nanos());
        usage("client", round.client());
        usage("server", round.server());
        json.writeEndObject();
    }

    private void usage(String whose, Usage usage) throws IOException {
        number(whose + "CpuSeconds", usage.cpuSeconds());
        number(whose + "HeapBytes", usage.knowsHeap() ? usage.heapBytes() : Double.NaN);
    }

    private void number(String name, double value) throws IOException {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, value);
        }
    }
}
