package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.protos.LookupRequest;
import java.io.IOException;

/** A LookupRequest about to be sent, encoded from the caller's array: a prompt of a million tokens is copied once. */
final class LookupCommand implements WireMessage {

    private final StoreId store;
    private final LookupQuery query;
    private final int tokenBytes;
    private final int hashBytes;

    LookupCommand(StoreId store, LookupQuery query) {
        this.store = store;
        this.query = query;
        this.tokenBytes = Varints.sizeOf(query.tokens());
        this.hashBytes = bytesOfHashes(query);
    }

    @Override
    public int sizeBytes() {
        return textBytes(LookupRequest.RESOURCE_NAME_FIELD_NUMBER, store.resource())
                + textBytes(LookupRequest.CONTAINER_NAME_FIELD_NUMBER, store.container())
                + textBytes(LookupRequest.PARTITION_KEY_FIELD_NUMBER, query.partitionKey())
                + fieldBytes(tokenBytes)
                + fieldBytes(hashBytes);
    }

    private static int textBytes(int field, String text) {
        return text.isEmpty() ? 0 : CodedOutputStream.computeStringSize(field, text);
    }

    /** Of a packed field with a number below 16. */
    private static int fieldBytes(int packedBytes) {
        return packedBytes == 0 ? 0 : 1 + CodedOutputStream.computeUInt32SizeNoTag(packedBytes) + packedBytes;
    }

    private static int bytesOfHashes(LookupQuery query) {
        int bytes = 0;
        for (int i = 0; i < query.expectedHashCount(); i++) {
            bytes += Varints.sizeOf(query.expectedHash(i));
        }
        return bytes;
    }

    @Override
    public void writeTo(CodedOutputStream out) throws IOException {
        writeText(out, LookupRequest.RESOURCE_NAME_FIELD_NUMBER, store.resource());
        writeText(out, LookupRequest.CONTAINER_NAME_FIELD_NUMBER, store.container());
        writeText(out, LookupRequest.PARTITION_KEY_FIELD_NUMBER, query.partitionKey());
        if (tokenBytes > 0) {
            out.writeTag(LookupRequest.TOKENS_FIELD_NUMBER, WireReader.BYTES);
            out.writeUInt32NoTag(tokenBytes);
            Varints.write(query.tokens(), out);
        }
        if (hashBytes > 0) {
            out.writeTag(LookupRequest.PRECOMPUTED_HASHES_FIELD_NUMBER, WireReader.BYTES);
            out.writeUInt32NoTag(hashBytes);
            for (int i = 0; i < query.expectedHashCount(); i++) {
                out.writeUInt64NoTag(query.expectedHash(i));
            }
        }
    }

    private static void writeText(CodedOutputStream out, int field, String text) throws IOException {
        if (!text.isEmpty()) {
            out.writeString(field, text);
        }
    }
}
