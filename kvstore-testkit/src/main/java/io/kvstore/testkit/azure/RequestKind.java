package io.kvstore.testkit.azure;

/** What a client asks of {@link FakeBlobService}. */
public enum RequestKind {
    PUT_BLOB,
    GET_BLOB,
    HEAD_BLOB,
    DELETE_BLOB,
    LIST_BLOBS,
    CREATE_CONTAINER,
    /** Whether there is such a container. */
    HEAD_CONTAINER,
    DELETE_CONTAINER,
    /** Anything else, answered with 501. */
    OTHER
}
