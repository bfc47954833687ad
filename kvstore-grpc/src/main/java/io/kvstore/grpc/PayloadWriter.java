package io.kvstore.grpc;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.io.OutputStream;

/** How a payload gets into the transport. The seam for a way that copies less than {@link CopyingPayloadWriter}. */
interface PayloadWriter {

    /**
     * Writes all bytes. Whoever still needs them when this has returned takes a claim of its own.
     *
     * @param out the transport's message
     */
    void write(Payload payload, OutputStream out) throws IOException;
}
