package io.kvstore.grpc;

import io.kvstore.protos.ServerMetrics;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Fills {@code server_metrics}: total = from the decoded request to the built response, overhead = total - storage. */
final class CallClock {

    private final LongSupplier nanoClock;

    CallClock(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    long nanos() {
        return nanoClock.getAsLong();
    }

    ServerMetrics since(long startNanos, long storageNanos) {
        long totalMicros = TimeUnit.NANOSECONDS.toMicros(nanos() - startNanos);
        // Storage waits that overlap may add up to more than the total; the parts never exceed the whole here.
        long storageMicros = Math.min(TimeUnit.NANOSECONDS.toMicros(storageNanos), totalMicros);
        return ServerMetrics.newBuilder()
                .setStorageLatencyUs(storageMicros)
                .setTotalLatencyUs(totalMicros)
                .setOverheadUs(totalMicros - storageMicros)
                .build();
    }
}
