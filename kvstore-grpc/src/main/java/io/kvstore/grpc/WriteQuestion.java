package io.kvstore.grpc;

import io.kvstore.api.StoreId;
import java.io.IOException;

/** A WriteRequest as it arrived, nothing checked yet. Holds the claim on its payload until it is closed. */
record WriteQuestion(String resource, String container, ChunkFields chunk) implements AutoCloseable {

    static WriteQuestion parse(WireReader reader, InboundBuffers buffers) throws IOException {
        ChunkFields chunk = new ChunkFields(buffers);
        buffers.expect(reader);
        boolean complete = false;
        try {
            WriteQuestion question = parse(reader, chunk);
            complete = true;
            return question;
        } finally {
            if (!complete) {
                chunk.close();
            }
        }
    }

    private static WriteQuestion parse(WireReader reader, ChunkFields chunk) throws IOException {
        String resource = "";
        String container = "";
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 | WireReader.BYTES -> resource = reader.readName();
                case 2 << 3 | WireReader.BYTES -> container = reader.readName();
                case 3 << 3 | WireReader.BYTES -> chunk.read(reader);
                default -> reader.skipField(tag);
            }
        }
        return new WriteQuestion(resource, container, chunk);
    }

    StoreId store() {
        return new StoreId(resource, container);
    }

    @Override
    public void close() {
        chunk.close();
    }

    @Override
    public String toString() {
        return "WriteQuestion[" + chunk.payloadBytes() + " bytes]";
    }
}
