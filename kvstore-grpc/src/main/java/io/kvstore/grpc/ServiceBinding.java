package io.kvstore.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.kvstore.api.KVStores;
import io.kvstore.api.Reason;
import io.kvstore.protos.KVStoreServiceGrpc;

/**
 * Binds a KVStores to the service of kvstore.proto. The methods are the generated ones, with marshallers of our own where
 * payloads and long token lists pass.
 */
final class ServiceBinding {

    private ServiceBinding() {}

    static ServerServiceDefinition bind(KVStores stores, Door door, InboundBuffers buffers, PayloadWriter writer) {
        var lookup = received(
                KVStoreServiceGrpc.getLookupMethod(),
                "LookupRequest",
                LookupQuestion::parse,
                new Outgoing<LookupAnswer>("LookupResponse", WireMessageStream::new));
        Marshaller<ReadAnswer> answers = new Outgoing<>("ReadResponse", answer -> answer.encode(writer));
        var read = received(KVStoreServiceGrpc.getReadMethod(), "ReadRequest", LocationQuestion::parse, answers);
        var write = received(
                KVStoreServiceGrpc.getWriteMethod(),
                "WriteRequest",
                reader -> WriteQuestion.parse(reader, buffers),
                KVStoreServiceGrpc.getWriteMethod().getResponseMarshaller());
        var streamingRead =
                received(KVStoreServiceGrpc.getStreamingReadMethod(), "ReadRequest", LocationQuestion::parse, answers);
        return ServerServiceDefinition.builder(ServiceDescriptor.newBuilder(KVStoreServiceGrpc.SERVICE_NAME)
                        // What the reflection service reads.
                        .setSchemaDescriptor(
                                KVStoreServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
                        .addMethod(lookup)
                        .addMethod(read)
                        .addMethod(write)
                        .addMethod(streamingRead)
                        .build())
                .addMethod(lookup, UnaryCall.handler(new LookupMethod(stores), door))
                .addMethod(read, UnaryCall.handler(new ReadMethod(stores), door))
                .addMethod(write, UnaryCall.handler(new WriteMethod(stores, door.inbound()), door))
                .addMethod(streamingRead, StreamingReadCall.handler(stores, door))
                .build();
    }

    private static <Q, A> MethodDescriptor<Decoded<Q>, A> received(
            MethodDescriptor<?, ?> method, String request, Incoming.Parser<Q> parser, Marshaller<A> answers) {
        return method.toBuilder(new Incoming<>(request, Reason.INVALID_ARGUMENT, parser), answers)
                .build();
    }
}
