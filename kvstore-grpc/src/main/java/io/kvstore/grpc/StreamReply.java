package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;

/**
 * The server's side of one stream: a gRPC call is for one thread at a time and ends once, and here any thread may send and
 * end. Threading: safe for many threads; its lock is the innermost, taken while the call is used.
 */
final class StreamReply {

    private final ServerCall<?, ReadAnswer> call;
    private final CallOptions options;
    private boolean headersSent;
    private boolean closed;
    private boolean internalLogged;

    StreamReply(ServerCall<?, ReadAnswer> call, CallOptions options) {
        this.call = call;
        this.options = options;
    }

    boolean isReady() {
        return call.isReady();
    }

    /** Hands the answer to the transport; nothing when the call is over. The answer stays the caller's. */
    synchronized void send(ReadAnswer answer) {
        if (closed) {
            return;
        }
        if (!headersSent) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
        call.sendMessage(answer);
    }

    synchronized void complete() {
        if (!closed) {
            closed = true;
            call.close(Status.OK, new Metadata());
        }
    }

    synchronized void fail(KVStoreException failure) {
        if (!closed) {
            closed = true;
            StatusMapping.close(call, failure, options);
        }
    }

    /** The client or the transport has ended the call. */
    synchronized void ended() {
        closed = true;
    }

    /** One line a stream, as for a call that fails: a stream may have a hundred thousand such items. */
    void logFirstInternal(KVStoreException failure) {
        boolean first;
        synchronized (this) {
            first = failure.reason() == Reason.INTERNAL && !internalLogged;
            internalLogged |= first;
        }
        if (first) {
            StatusMapping.logIfInternal(call, failure, options);
        }
    }
}
