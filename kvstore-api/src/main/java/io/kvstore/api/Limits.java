package io.kvstore.api;

/** The limits of the contract, each with its unit. They hold on every implementation. */
public final class Limits {

    /** Tokens in a block. */
    public static final int BLOCK_TOKENS = 128;

    /** Tokens in one lookup; 32,768 blocks. */
    public static final int MAX_LOOKUP_TOKENS = 4_194_304;

    /** Bytes of one message on the wire, 100 MiB: what existing clients accept. */
    public static final int MAX_MESSAGE_BYTES = 104_857_600;

    /** Bytes of one payload: a message less 16 KiB for the chunk's other fields and the framing. */
    public static final int MAX_PAYLOAD_BYTES = MAX_MESSAGE_BYTES - 16_384;

    /** Bytes of UTF-8 in a partition key. */
    public static final int MAX_PARTITION_KEY_BYTES = 1_024;

    /** Bytes of UTF-8 in a completion id. */
    public static final int MAX_COMPLETION_ID_BYTES = 1_024;

    /** Characters of a location that a client may send; ours are shorter. */
    public static final int MAX_LOCATION_CHARS = 1_024;

    private Limits() {}
}
