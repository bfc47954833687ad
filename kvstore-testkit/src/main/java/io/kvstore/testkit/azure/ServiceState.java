package io.kvstore.testkit.azure;

import io.netty.channel.group.ChannelGroup;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** What the connections of a service share. */
record ServiceState(
        BlobOperations operations,
        ServiceClock clock,
        SharedKeys sharedKeys,
        Faults faults,
        HeldRequests held,
        Traffic traffic,
        ChannelGroup connections,
        AtomicLong requestIds) {

    String nextRequestId() {
        return "00000000-0000-0000-0000-" + HexFormat.of().toHexDigits(requestIds.incrementAndGet(), 12);
    }
}
