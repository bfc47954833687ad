package io.kvstore.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.kvstore.api.CallOptions;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What comes with a call besides its messages. */
final class CallHeaders {

    private CallHeaders() {}

    /** The client's deadline as a timeout, its request id, its token; for the call that the current thread starts. */
    static CallOptions options(Metadata headers) {
        CallOptions options =
                CallOptions.DEFAULT.withRequestId(RequestIds.from(headers)).withToken(BearerTokens.from(headers));
        Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? options
                : options.withTimeout(Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS))));
    }

    /**
     * Which connection a call came on, as the name of a share of the budget; no resource has such a name. Not the address alone:
     * behind one there may be many clients, of which none should take the others' share.
     */
    static String connection(Attributes ofCall) {
        SocketAddress address = ofCall.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return address instanceof InetSocketAddress peer && peer.getAddress() != null
                ? "@" + peer.getAddress().getHostAddress() + ":" + peer.getPort()
                : ByteBudget.NO_TENANT;
    }
}
