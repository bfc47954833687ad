package io.kvstore.grpc;

import java.util.concurrent.atomic.LongAdder;

/** How payloads got into the transport. Threading: safe for many threads. */
final class PayloadTraffic {

    private final LongAdder handedOverBytes = new LongAdder();
    private final LongAdder copiedBytes = new LongAdder();

    void handedOver(long bytes) {
        handedOverBytes.add(bytes);
    }

    void copied(long bytes) {
        copiedBytes.add(bytes);
    }

    long handedOverBytes() {
        return handedOverBytes.sum();
    }

    long copiedBytes() {
        return copiedBytes.sum();
    }
}
