package io.kvstore.server;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.LookupResponse;

/** A call that began and whose question does not come: under way, so that a drain waits for it. */
final class HeldCall implements AutoCloseable {

    private final ManagedChannel channel;

    /** Begins the call; it is there a moment later. */
    HeldCall(int port) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        // As a stream: a unary call's headers wait for its message.
        ClientCall<LookupRequest, LookupResponse> call = channel.newCall(
                KVStoreServiceGrpc.getLookupMethod().toBuilder()
                        .setType(MethodType.BIDI_STREAMING)
                        .build(),
                CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
