package io.kvstore.testkit.azure;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request as Azure reads it.
 *
 * @param container "" for none
 * @param blob "" for none
 * @param query parameters by name, decoded
 */
record BlobRequest(
        RequestKind kind,
        String account,
        String container,
        String blob,
        Map<String, List<String>> query,
        HttpHeaders headers,
        boolean isHead,
        boolean keepAlive) {

    /** Of {@code /account/container/blob}, or of {@code /container/blob} when the host is {@code account.blob.*}. */
    static BlobRequest of(HttpRequest http) {
        String uri = http.uri();
        int question = uri.indexOf('?');
        String path = question < 0 ? uri : uri.substring(0, question);
        Map<String, List<String>> query =
                question < 0 ? Map.of() : new QueryStringDecoder(uri.substring(question + 1), false).parameters();
        String host = http.headers().get(HttpHeaderNames.HOST, "");
        int blobLabel = host.indexOf(".blob.");
        if (blobLabel > 0) {
            path = "/" + host.substring(0, blobLabel) + path;
        }
        // Split before decoding: a client may write the slashes of a blob's name as %2F.
        String[] parts = path.split("/", 4);
        String account = part(parts, 1);
        String container = part(parts, 2);
        String blob = part(parts, 3);
        RequestKind kind = kind(http.method(), container, blob, query);
        return new BlobRequest(
                kind,
                account,
                container,
                blob,
                query,
                http.headers(),
                http.method().equals(HttpMethod.HEAD),
                HttpUtil.isKeepAlive(http));
    }

    private static String part(String[] parts, int index) {
        return index < parts.length ? QueryStringDecoder.decodeComponent(parts[index].replace("+", "%2B")) : "";
    }

    private static RequestKind kind(HttpMethod method, String container, String blob, Map<String, List<String>> query) {
        String comp = query.getOrDefault("comp", List.of("")).get(0);
        if (container.isEmpty()) {
            return RequestKind.OTHER;
        }
        if (!blob.isEmpty()) {
            return comp.isEmpty() ? blobKind(method) : RequestKind.OTHER;
        }
        if (comp.equals("list") && method.equals(HttpMethod.GET)) {
            return RequestKind.LIST_BLOBS;
        }
        return comp.isEmpty() ? containerKind(method) : RequestKind.OTHER;
    }

    private static RequestKind blobKind(HttpMethod method) {
        return switch (method.name()) {
            case "PUT" -> RequestKind.PUT_BLOB;
            case "GET" -> RequestKind.GET_BLOB;
            case "HEAD" -> RequestKind.HEAD_BLOB;
            case "DELETE" -> RequestKind.DELETE_BLOB;
            default -> RequestKind.OTHER;
        };
    }

    private static RequestKind containerKind(HttpMethod method) {
        return switch (method.name()) {
            case "PUT" -> RequestKind.CREATE_CONTAINER;
            case "GET", "HEAD" -> RequestKind.HEAD_CONTAINER;
            case "DELETE" -> RequestKind.DELETE_CONTAINER;
            default -> RequestKind.OTHER;
        };
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name)).map(values -> values.get(0));
    }

    Optional<String> header(CharSequence name) {
        return Optional.ofNullable(headers.get(name));
    }
}
