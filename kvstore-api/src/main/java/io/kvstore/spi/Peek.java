package io.kvstore.spi;

import io.kvstore.api.Tier;

/**
 * What is known of a blob without leaving memory.
 *
 * @param knowledge whether it is stored
 * @param tag the blob's tag, when present
 * @param payloadBytes length of the payload when present and known, else 0
 * @param tier how near the bytes are, when present
 */
public record Peek(Knowledge knowledge, long tag, long payloadBytes, Tier tier) {

    /** Whether the blob is stored. */
    public enum Knowledge {
        /** It was stored a moment ago. */
        PRESENT,
        /**
         * It is not stored, as far as this process can have heard: a filter says so for a bounded time after another
         * stored it.
         */
        ABSENT,
        /** Very likely stored: a filter admits it. Only a question to the backend can tell. */
        LIKELY,
        /** Only a question to the backend can tell, and nobody has an idea. */
        UNKNOWN
    }

    /** Not stored. */
    public static final Peek ABSENT = new Peek(Knowledge.ABSENT, 0, 0, Tier.UNSPECIFIED);

    /** Admitted by a filter. */
    public static final Peek LIKELY = new Peek(Knowledge.LIKELY, 0, 0, Tier.UNSPECIFIED);

    /** Only a question to the backend can tell. */
    public static final Peek UNKNOWN = new Peek(Knowledge.UNKNOWN, 0, 0, Tier.UNSPECIFIED);

    /** Stored. */
    public static Peek present(long tag, long payloadBytes, Tier tier) {
        return new Peek(Knowledge.PRESENT, tag, payloadBytes, tier);
    }

    /** Stored, and described by {@code info}. */
    public static Peek present(BlobInfo info, Tier tier) {
        return present(info.tag(), info.payloadBytes(), tier);
    }

    public boolean isPresent() {
        return knowledge == Knowledge.PRESENT;
    }

    public boolean isAbsent() {
        return knowledge == Knowledge.ABSENT;
    }

    /** Whether no question to the backend is needed. */
    public boolean isSure() {
        return isPresent() || isAbsent();
    }
}
