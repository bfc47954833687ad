package io.kvstore.grpc;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.io.OutputStream;

/** How a payload gets into the transport: by copying, or by handing its memory over. */
interface PayloadWriter {

    /**
     * Writes all bytes. Whoever still needs them when this has returned takes a claim of its own.
     *
     * @param out the transport's message
     * @param onSent run once, on a thread of the transport, when the transport has let go of the bytes, sent or not; a writer
     *     that copies can't tell and never runs it
     */
    void write(Payload payload, OutputStream out, Runnable onSent) throws IOException;
}
