package io.kvstore.grpc;

import io.grpc.Metadata;

/** The {@code request-id} of a call, in metadata. */
final class RequestIds {

    static final Metadata.Key<String> KEY = Metadata.Key.of("request-id", Metadata.ASCII_STRING_MARSHALLER);

    private static final int MAX_CHARS = 128;

    private RequestIds() {}

    /** Safe to log: cut, and with '_' for whatever is not printable ASCII. "" for none. */
    static String sanitized(String id) {
        StringBuilder safe = new StringBuilder(Math.min(id.length(), MAX_CHARS));
        for (int i = 0; i < id.length() && i < MAX_CHARS; i++) {
            char c = id.charAt(i);
            safe.append(c > ' ' && c < 0x7f ? c : '_');
        }
        return safe.toString();
    }

    static String from(Metadata headers) {
        String id = headers.get(KEY);
        return id == null ? "" : sanitized(id);
    }
}
