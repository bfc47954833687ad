package io.kvstore.core;

/** Room for calls of one resource at a time. */
interface Quota {

    /** Takes room for one call, which must {@link #leave} once; false when {@code maxCalls} are under way. */
    boolean enter(String resource, int maxCalls);

    void leave(String resource);
}
