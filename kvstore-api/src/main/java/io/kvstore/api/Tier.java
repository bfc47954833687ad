package io.kvstore.api;

/** How near a chunk's bytes are, for a client that weighs fetching against recomputing. */
public enum Tier {
    /** Not known. */
    UNSPECIFIED,
    /** In this server's memory. */
    MEMORY,
    /** On this server's disks. */
    LOCAL_DISK,
    /** In the durable store across the network. */
    REMOTE
}
