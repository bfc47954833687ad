package io.kvstore.api;

/** Why a call failed. One reason is one status on the wire. */
public enum Reason {
    /** The caller's mistake; the message names the field and the rule. Never worth a retry. */
    INVALID_ARGUMENT,
    /** The resource or the container does not exist. A chunk that is not stored is not an error. */
    NOT_FOUND,
    /** The caller did not say who it is. */
    UNAUTHENTICATED,
    /** The caller may not use the resource, whether or not it exists. */
    PERMISSION_DENIED,
    /** The same block is stored with another hash; the stored chunk is untouched. */
    ALREADY_EXISTS,
    /** A limit, a budget or a disk is full; see {@link KVStoreException#retryAfter()}. */
    RESOURCE_EXHAUSTED,
    /** The backend is down or throttling, after bounded retries. */
    UNAVAILABLE,
    /** Stored bytes failed their checksum. They are never returned; the chunk counts as absent from now on. */
    DATA_LOSS,
    /** The call's time is spent; its work has stopped. */
    DEADLINE_EXCEEDED,
    /** The caller gave up; the work has stopped. */
    CANCELLED,
    /** A defect of ours. */
    INTERNAL
}
