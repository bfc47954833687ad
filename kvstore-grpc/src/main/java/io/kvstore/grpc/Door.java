package io.kvstore.grpc;

import java.util.concurrent.Executor;

/**
 * What every call of a server passes on its way in and out.
 *
 * @param inbound bounds the payload bytes received and not yet let go of by the store
 * @param outbound bounds the payload bytes on their way to clients: taken before an answer is copied into the transport, given
 *     back when the transport has sent it
 * @param questions bounds what questions of streams take until they are answered; existing clients send all of a
 *     stream's before they read, so none of them waits to be let in. They lie on the heap, and take no room from
 *     payloads
 * @param executor where answers are built and copied; never an event loop
 */
record Door(ByteBudget inbound, ByteBudget outbound, ByteBudget questions, Executor executor, CallClock clock) {}
