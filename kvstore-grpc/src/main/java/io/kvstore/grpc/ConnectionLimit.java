package io.kvstore.grpc;

import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Closes connections beyond a number, so that windows and streams, which are per connection, are bounded altogether. */
final class ConnectionLimit extends ServerTransportFilter {

    private static final Attributes.Key<Boolean> COUNTED = Attributes.Key.create("kvstore-counted");

    private final int max;
    private final AtomicInteger open = new AtomicInteger();

    ConnectionLimit(int max) {
        this.max = max;
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            // A connection error for HTTP/2, which ends the connection; this one is UNAVAILABLE to its client.
            throw new IllegalStateException(
                    Http2Exception.connectionError(Http2Error.REFUSED_STREAM, "more than %d connections", max));
        }
        return attributes.toBuilder().set(COUNTED, true).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
        if (attributes != null && attributes.get(COUNTED) != null) {
            open.decrementAndGet();
        }
    }
}
