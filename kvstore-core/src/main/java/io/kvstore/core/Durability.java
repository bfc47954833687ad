package io.kvstore.core;

/** What an acknowledged write survives. */
public enum Durability {
    /** The loss of power: acknowledged after an fsync that covers it. Writes that wait together share one fsync. */
    SYNC,
    /** The loss of the process, not of power: acknowledged once the operating system has the bytes. */
    OS
}
