package io.kvstore.accounts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.kvstore.api.StorageAccount;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads a configuration document: {@code location} is a string, {@code regionStorageMap} has a list of accounts for
 * each region. Other fields are passed over, whatever they are; what is malformed, out of bounds or there twice refuses the
 * document.
 */
final class ConfigurationReader {

    static final int MAX_BYTES = 1 << 20;
    static final int MAX_REGIONS = 256;
    static final int MAX_ACCOUNTS_PER_REGION = 64;

    private static final int MAX_DEPTH = 16;
    private static final int MAX_TEXT_CHARS = 4_096;
    private static final int MAX_NAME_CHARS = 256;

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // What is wrong is told by line and column, never by showing the document.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(MAX_BYTES)
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_TEXT_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .build())
            .build();

    private final Function<String, URI> bareNames;

    /** @param bareNames what makes an address of an account's name */
    ConfigurationReader(Function<String, URI> bareNames) {
        this.bareNames = bareNames;
    }

    /** @throws IllegalArgumentException says where and what is wrong, and shows nothing of the document */
    RegionalAccounts read(byte[] document) {
        if (document.length > MAX_BYTES) {
            throw new IllegalArgumentException(document.length + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        try (JsonParser json = JSON.createParser(document)) {
            return document(json);
        } catch (JsonProcessingException e) {
            // Without its message, which may quote the document; without it as a cause, whose message would be logged.
            JsonLocation where = e.getLocation();
            throw new IllegalArgumentException(
                    where == null
                            ? "malformed JSON"
                            : "malformed JSON at line " + where.getLineNr() + ", column " + where.getColumnNr());
        } catch (IOException e) {
            throw new IllegalArgumentException("malformed JSON", e);
        }
    }

    private RegionalAccounts document(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.START_OBJECT, "an object");
        String location = "";
        Map<String, List<StorageAccount>> regions = Map.of();
        boolean hasRegions = false;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "location" -> location = text(json, field);
                case "regionStorageMap" -> {
                    regions = regions(json);
                    hasRegions = true;
                }
                default -> json.skipChildren();
            }
        }
        if (json.nextToken() != null) {
            throw wrong(json, "more behind the document");
        }
        if (!hasRegions) {
            throw new IllegalArgumentException("no regionStorageMap");
        }
        return new RegionalAccounts(location, regions);
    }

    private Map<String, List<StorageAccount>> regions(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_OBJECT, "regionStorageMap to be an object");
        Map<String, List<StorageAccount>> regions = new HashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String region = json.currentName();
            json.nextToken();
            regions.put(region, accounts(json));
            if (regions.size() > MAX_REGIONS) {
                throw wrong(json, "more than " + MAX_REGIONS + " regions");
            }
        }
        return regions;
    }

    private List<StorageAccount> accounts(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_ARRAY, "a region's accounts to be a list");
        List<StorageAccount> accounts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String account = text(json, "a storage account");
            try {
                accounts.add(AccountAddress.parse(account, bareNames, ""));
            } catch (IllegalArgumentException e) {
                throw wrong(json, String.valueOf(e.getMessage()));
            }
            if (accounts.size() > MAX_ACCOUNTS_PER_REGION) {
                throw wrong(json, "more than " + MAX_ACCOUNTS_PER_REGION + " accounts in a region");
            }
        }
        return accounts;
    }

    private static String text(JsonParser json, String what) throws IOException {
        expect(json, json.currentToken(), JsonToken.VALUE_STRING, what + " to be a string");
        return json.getText();
    }

    private static void expect(JsonParser json, JsonToken token, JsonToken expected, String what) {
        if (token != expected) {
            throw wrong(json, "expected " + what);
        }
    }

    private static IllegalArgumentException wrong(JsonParser json, String what) {
        return new IllegalArgumentException(
                "line " + json.currentTokenLocation().getLineNr() + ": " + what);
    }
}
