package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.protos.ServerMetrics;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A ReadResponse as it arrived, nothing checked yet. Holds the claim on its payload until it is a result, or closed. */
record ReadReply(
        boolean found, ChunkFields chunk, String error, boolean success, long storageLatencyMicros, String location)
        implements AutoCloseable {

    static final int MAX_ERROR_BYTES = 4096;

    static ReadReply parse(WireReader reader, InboundBuffers buffers) throws IOException {
        ChunkFields chunk = new ChunkFields(buffers);
        buffers.expect(reader);
        boolean complete = false;
        try {
            ReadReply reply = parse(reader, chunk);
            complete = true;
            return reply;
        } finally {
            if (!complete) {
                chunk.close();
            }
        }
    }

    private static ReadReply parse(WireReader reader, ChunkFields chunk) throws IOException {
        boolean found = false;
        String error = "";
        boolean success = false;
        long storageMicros = 0;
        String location = "";
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 -> found = reader.readVarint() != 0;
                case 2 << 3 | WireReader.BYTES -> chunk.read(reader);
                case 3 << 3 | WireReader.BYTES -> error = reader.readLenientText(MAX_ERROR_BYTES);
                case 4 << 3 -> success = reader.readVarint() != 0;
                case 5 << 3 | WireReader.BYTES -> storageMicros = readStorageMicros(reader, storageMicros);
                case 6 << 3 | WireReader.BYTES -> location = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                default -> reader.skipField(tag);
            }
        }
        return new ReadReply(found, chunk, error, success, storageMicros, location);
    }

    /** The one field of a ServerMetrics that a client has a use for. */
    static long readStorageMicros(WireReader reader, long before) throws IOException {
        long micros = before;
        int outer = reader.enter();
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            if (tag == ServerMetrics.STORAGE_LATENCY_US_FIELD_NUMBER << 3) {
                micros = reader.readVarint();
            } else {
                reader.skipField(tag);
            }
        }
        reader.leave(outer);
        return micros;
    }

    /** The answer to a question about {@code askedLocation}; this reply has nothing left to close then. */
    ReadResult toResult(String askedLocation) {
        long storageNanos = TimeUnit.MICROSECONDS.toNanos(storageLatencyMicros);
        try {
            if (!success) {
                throw ErrorText.parse(error);
            }
            if (!location.isEmpty() && !location.equals(askedLocation)) {
                throw new KVStoreException(Reason.INTERNAL, "the server answered another location than the one asked");
            }
            if (found) {
                return ReadResult.found(askedLocation, receivedChunk(), storageNanos);
            }
            close();
            return ReadResult.absent(askedLocation, storageNanos);
        } catch (KVStoreException e) {
            close();
            return ReadResult.failed(askedLocation, e, storageNanos);
        }
    }

    /** A chunk against the rules is the server's mistake, not the caller's. */
    private PromptChunk receivedChunk() {
        try {
            return chunk.toChunk();
        } catch (KVStoreException e) {
            throw new KVStoreException(Reason.INTERNAL, "the server answered a malformed chunk: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        chunk.close();
    }

    @Override
    public String toString() {
        return "ReadReply[found " + found + ", " + chunk.payloadBytes() + " bytes]";
    }
}
