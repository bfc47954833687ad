package io.kvstore.grpc;

/** A call under way that ends itself when it waits too long. */
interface TimedCall {

    /** Called about twice a second on one thread; must neither block nor throw. */
    void check(long nowNanos);
}
