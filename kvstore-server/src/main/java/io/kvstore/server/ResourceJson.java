package io.kvstore.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.kvstore.api.StorageAccount;
import io.kvstore.database.ListedResource;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Resources as JSON, for scripts. */
final class ResourceJson {

    private static final JsonFactory JSON = new JsonFactory();

    private ResourceJson() {}

    /** Writes one document. */
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    static void write(PrintWriter out, Body body) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            body.write(json);
        }
        out.println(text);
    }

    /** What cannot be used has its name and why. */
    static void listed(JsonGenerator json, ListedResource resource) throws IOException {
        if (resource.entry().isPresent()) {
            entry(json, resource.entry().get());
            return;
        }
        json.writeStartObject();
        json.writeStringField("name", resource.name());
        json.writeStringField("problem", resource.problem());
        json.writeEndObject();
    }

    static void entry(JsonGenerator json, ResourceEntry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", entry.name());
        json.writeStringField("region", entry.accounts().homeRegion());
        json.writeBooleanField("enabled", entry.enabled());
        json.writeBooleanField("openToAll", entry.openToAll());
        json.writeNumberField("maxCalls", entry.maxCalls());
        json.writeArrayFieldStart("accounts");
        for (Map.Entry<String, List<StorageAccount>> region :
                new TreeMap<>(entry.accounts().byRegion()).entrySet()) {
            for (StorageAccount account : region.getValue()) {
                json.writeStartObject();
                json.writeStringField("region", region.getKey());
                json.writeStringField("name", account.name());
                json.writeStringField("endpoint", account.endpoint().toString());
                json.writeStringField("credential", account.credential());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("callers");
        for (String caller : entry.callers()) {
            json.writeString(caller);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
