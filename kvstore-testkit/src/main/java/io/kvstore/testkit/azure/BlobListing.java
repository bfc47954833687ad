package io.kvstore.testkit.azure;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.NavigableMap;

/** A page of List Blobs, as XML. */
final class BlobListing {

    private static final int MAX_RESULTS = 5_000;

    private final NavigableMap<String, StoredBlob> blobs;
    private final String prefix;
    private final String from;
    private final boolean withMetadata;
    private final int maxResults;

    BlobListing(NavigableMap<String, StoredBlob> blobs, BlobRequest request) {
        this.blobs = blobs;
        this.prefix = request.parameter("prefix").orElse("");
        String marker = request.parameter("marker").orElse("");
        String startFrom = request.parameter("startFrom").orElse("");
        String first = marker.isEmpty() ? startFrom : marker;
        this.from = first.compareTo(prefix) > 0 ? first : prefix;
        this.withMetadata = request.parameter("include").orElse("").contains("metadata");
        this.maxResults = request.parameter("maxresults")
                .map(text -> Math.min(MAX_RESULTS, Integer.parseInt(text)))
                .orElse(MAX_RESULTS);
    }

    Answer answer() {
        StringBuilder xml = new StringBuilder(400 * Math.min(maxResults, blobs.size()) + 200);
        xml.append("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>");
        String next = "";
        int listed = 0;
        for (Map.Entry<String, StoredBlob> entry : blobs.tailMap(from, true).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            if (listed == maxResults) {
                next = entry.getKey();
                break;
            }
            blob(xml, entry.getKey(), entry.getValue());
            listed++;
        }
        xml.append("</Blobs>");
        element(xml, "NextMarker", next);
        xml.append("</EnumerationResults>");
        return Answer.of(200, Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8))
                .with(HttpHeaderNames.CONTENT_TYPE, "application/xml");
    }

    private void blob(StringBuilder xml, String name, StoredBlob blob) {
        xml.append("<Blob>");
        element(xml, "Name", name);
        xml.append("<Properties>");
        element(xml, "Last-Modified", blob.lastModified);
        element(xml, "Etag", blob.etag.replace("\"", ""));
        element(xml, "Content-Length", String.valueOf(blob.sizeBytes));
        element(xml, "Content-Type", blob.contentType);
        element(xml, "BlobType", "BlockBlob");
        xml.append("</Properties>");
        if (withMetadata) {
            xml.append("<Metadata>");
            blob.metadata.forEach((key, value) -> element(xml, key, value));
            xml.append("</Metadata>");
        }
        xml.append("</Blob>");
    }

    private static void element(StringBuilder xml, String name, String text) {
        xml.append('<').append(name).append('>');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> xml.append("&amp;");
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                default -> xml.append(c);
            }
        }
        xml.append("</").append(name).append('>');
    }
}
