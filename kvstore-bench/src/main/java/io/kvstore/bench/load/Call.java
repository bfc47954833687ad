package io.kvstore.bench.load;

/** What a load client can be told to do. */
public enum Call {
    /** Stores what is read later, reads it back and compares every byte. Not timed. */
    LOAD,
    READ,
    STREAMING_READ,
    WRITE,
    /** Writes what was loaded once more, which a store of ours takes in and drops. To warm up without an end to the memory. */
    WRITE_AGAIN,
    LOOKUP;

    /** Whether payloads travel from the client to the server. */
    public boolean isWrite() {
        return this == WRITE || this == WRITE_AGAIN;
    }
}
