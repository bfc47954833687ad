package io.kvstore.testkit.azure;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether requests are signed with the key of their account, as Azure's "Authorize with Shared Key" says for the blob
 * service. Accounts without a key here ask for no signature.
 */
record SharedKeys(Map<String, String> base64ByAccount) {

    /** In the order in which they are signed; then come the headers of Azure's own, then what is asked for. */
    private static final List<String> SIGNED_HEADERS = List.of(
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-MD5",
            "Content-Type",
            "Date",
            "If-Modified-Since",
            "If-Match",
            "If-None-Match",
            "If-Unmodified-Since",
            "Range");

    boolean accept(HttpRequest request, String account) {
        @Nullable String key = base64ByAccount.get(account);
        return key == null
                || ("SharedKey " + account + ":" + signature(request, account, key))
                        .equals(request.headers().get("Authorization"));
    }

    private static String signature(HttpRequest request, String account, String key) {
        String text = request.method() + "\n" + headers(request.headers()) + "/" + account + resource(request.uri());
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", e);
        }
    }

    private static String headers(HttpHeaders headers) {
        StringBuilder text = new StringBuilder();
        for (String name : SIGNED_HEADERS) {
            String value = headers.get(name, "");
            text.append(name.equals("Content-Length") && value.equals("0") ? "" : value)
                    .append('\n');
        }
        Map<String, String> azures = new TreeMap<>();
        headers.forEach(header -> azures.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
        azures.forEach((name, value) -> {
            if (name.startsWith("x-ms-")) {
                text.append(name).append(':').append(value.trim()).append('\n');
            }
        });
        return text.toString();
    }

    private static String resource(String uri) {
        int question = uri.indexOf('?');
        if (question < 0) {
            return uri;
        }
        Map<String, List<String>> parameters = new QueryStringDecoder(uri.substring(question + 1), false).parameters();
        return uri.substring(0, question)
                + new TreeMap<>(parameters)
                        .entrySet().stream()
                                .map(parameter -> "\n" + parameter.getKey().toLowerCase(Locale.ROOT) + ":"
                                        + String.join(",", parameter.getValue()))
                                .collect(Collectors.joining());
    }
}
