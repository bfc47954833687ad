package io.kvstore.azure;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Reason;
import io.kvstore.spi.BlobInfo;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What describes a blob, as metadata of the blob: {@code kvformat} 1, {@code kvtag} and {@code kvcrc} in hex, {@code
 * kvlength} in decimal, {@code kvattributes} in base64. The names are identifiers of C#, as Azure asks for, and lower case,
 * as some proxies make them.
 */
final class BlobMetadata {

    /** Azure's limit for all names and values of a blob; Azurite takes more. */
    static final int MAX_BYTES = 8 * 1024;

    private static final String FORMAT = "kvformat";
    private static final String TAG = "kvtag";
    private static final String LENGTH = "kvlength";
    private static final String CRC = "kvcrc";
    private static final String ATTRIBUTES = "kvattributes";
    private static final String FORMAT_VERSION = "1";
    private static final HexFormat HEX = HexFormat.of();

    private BlobMetadata() {}

    /**
     * The metadata of a blob.
     *
     * @throws KVStoreException {@link Reason#INVALID_ARGUMENT} when Azure would not take it
     */
    static Map<String, String> of(BlobInfo info) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(FORMAT, FORMAT_VERSION);
        metadata.put(TAG, HEX.toHexDigits(info.tag()));
        metadata.put(LENGTH, Integer.toString(info.payloadBytes()));
        metadata.put(CRC, HEX.toHexDigits(info.crc32c()));
        if (info.attributes().length > 0) {
            metadata.put(ATTRIBUTES, Base64.getEncoder().encodeToString(info.attributes()));
        }
        int bytes = metadata.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
        if (bytes > MAX_BYTES) {
            throw new KVStoreException(
                    Reason.INVALID_ARGUMENT,
                    "description of the blob: " + bytes + " bytes of metadata (expected: at most " + MAX_BYTES + ")");
        }
        return metadata;
    }

    /**
     * What that metadata says of a blob of {@code length} bytes.
     *
     * @throws KVStoreException {@link Reason#DATA_LOSS} when it is missing, malformed or speaks of another length; {@link
     *     Reason#UNAVAILABLE} when a newer release wrote it
     */
    static BlobInfo read(@Nullable Map<String, String> metadata, long length) {
        if (metadata == null || !metadata.containsKey(FORMAT)) {
            throw damaged("has no description", null);
        }
        if (!FORMAT_VERSION.equals(metadata.get(FORMAT))) {
            // Not damage, and never to be deleted: a newer release beside this one, or before a rollback, wrote it.
            throw new KVStoreException(
                    Reason.UNAVAILABLE, "the blob has a format of another release (expected: " + FORMAT_VERSION + ")");
        }
        BlobInfo info;
        try {
            info = new BlobInfo(
                    HexFormat.fromHexDigitsToLong(value(metadata, TAG, 16)),
                    Integer.parseInt(value(metadata, LENGTH, 0)),
                    HexFormat.fromHexDigits(value(metadata, CRC, 8)),
                    Base64.getDecoder().decode(metadata.getOrDefault(ATTRIBUTES, "")));
        } catch (IllegalArgumentException e) {
            throw damaged("has a malformed description", e);
        }
        if (info.payloadBytes() != length) {
            throw damaged("has " + length + " bytes (expected: " + info.payloadBytes() + ")", null);
        }
        if (length > Limits.MAX_PAYLOAD_BYTES) {
            throw damaged("has " + length + " bytes (expected: at most " + Limits.MAX_PAYLOAD_BYTES + ")", null);
        }
        return info;
    }

    private static String value(Map<String, String> metadata, String name, int chars) {
        String value = metadata.getOrDefault(name, "");
        if (value.isEmpty() || (chars > 0 && value.length() != chars)) {
            throw new IllegalArgumentException(name + ": " + value.length() + " characters");
        }
        return value;
    }

    private static KVStoreException damaged(String how, @Nullable Throwable cause) {
        return new KVStoreException(Reason.DATA_LOSS, "the stored blob " + how, cause);
    }
}
