package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.LookupResult;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ServerMetrics;
import java.io.IOException;

/** A LookupResponse about to be sent: its blocks, of which there may be thousands, are encoded from the result in one pass. */
final class LookupAnswer implements WireMessage {

    private final LookupResponse head;
    private final EncodedLocations locations;
    private final LookupResponse tail;

    LookupAnswer(LookupResult result, ServerMetrics metrics) {
        head = LookupResponse.newBuilder()
                .setCachedBlocks(result.cachedBlocks())
                .setLastHash(result.lastHash())
                .build();
        locations = new EncodedLocations(result.blocks());
        tail = LookupResponse.newBuilder()
                .setSuccess(true)
                .setServerMetrics(metrics)
                .setDegraded(result.degraded())
                .build();
    }

    @Override
    public int sizeBytes() {
        return head.getSerializedSize() + locations.sizeBytes() + tail.getSerializedSize();
    }

    @Override
    public void writeTo(CodedOutputStream out) throws IOException {
        head.writeTo(out);
        locations.writeTo(out);
        tail.writeTo(out);
    }
}
