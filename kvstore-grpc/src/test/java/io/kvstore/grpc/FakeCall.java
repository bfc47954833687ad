package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call without a transport; refuses what gRPC refuses. */
final class FakeCall<Q, A> extends ServerCall<Q, A> {

    final List<A> sent = new ArrayList<>();
    final MethodDescriptor<Q, A> method;
    boolean ready = true;
    int requested;

    @Nullable
    Error failsToSend;

    @Nullable
    Status closed;

    @Nullable
    Metadata trailers;

    FakeCall(
            MethodDescriptor<?, ?> like,
            MethodDescriptor.Marshaller<Q> questions,
            MethodDescriptor.Marshaller<A> answers) {
        method = like.toBuilder(questions, answers).build();
    }

    @Override
    public void request(int count) {
        requested += count;
    }

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(A message) {
        if (failsToSend != null) {
            throw failsToSend;
        }
        sent.add(message);
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void close(Status status, Metadata withTrailers) {
        if (closed != null) {
            throw new IllegalStateException("call already closed");
        }
        closed = status;
        trailers = withTrailers;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
        return method;
    }
}
