package io.kvstore.grpc;

import io.grpc.MethodDescriptor;
import io.kvstore.api.Reason;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.WriteResponse;

/** The methods of the service as our client calls them: the generated ones, with our marshallers where payloads pass. */
record ClientMethods(
        MethodDescriptor<LookupCommand, Decoded<LookupReply>> lookup,
        MethodDescriptor<ReadRequest, Decoded<ReadReply>> read,
        MethodDescriptor<WriteCommand, WriteResponse> write,
        MethodDescriptor<ReadRequest, Decoded<ReadReply>> streamingRead) {

    static ClientMethods with(InboundBuffers buffers) {
        Incoming<ReadReply> replies =
                new Incoming<>("ReadResponse", Reason.INTERNAL, reader -> ReadReply.parse(reader, buffers));
        var lookup = KVStoreServiceGrpc.getLookupMethod();
        var read = KVStoreServiceGrpc.getReadMethod();
        var write = KVStoreServiceGrpc.getWriteMethod();
        var streamingRead = KVStoreServiceGrpc.getStreamingReadMethod();
        return new ClientMethods(
                lookup.toBuilder(
                                new Outgoing<LookupCommand>("LookupRequest", WireMessageStream::new),
                                new Incoming<>("LookupResponse", Reason.INTERNAL, LookupReply::parse))
                        .build(),
                read.toBuilder(read.getRequestMarshaller(), replies).build(),
                write.toBuilder(new Outgoing<>("WriteRequest", WriteCommand::encode), write.getResponseMarshaller())
                        .build(),
                streamingRead.toBuilder(streamingRead.getRequestMarshaller(), replies)
                        .build());
    }
}
