package io.kvstore.grpc;

/** A call under way that ends itself: when it waits too long, or when the server goes away. */
interface TimedCall {

    /** Called about twice a second on one thread; must neither block nor throw. */
    void check(long nowNanos);

    /** The server goes away: finishes what it was asked and waits for nothing else. Must neither block nor throw. */
    default void leave() {}

    /** The time to leave is over: ends with UNAVAILABLE. Must neither block nor throw. */
    void abandon();
}
