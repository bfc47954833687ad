package io.kvstore.grpc;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Hands the memory of large payloads to the transport, which sends it without a copy of ours; copies small ones. */
final class HandingOverPayloadWriter implements PayloadWriter {

    /** Off this size a copy costs less than a buffer more in the message. */
    static final int MIN_BYTES = 16 * 1024;

    private final BufferChain chain;
    private final PayloadWriter copying;
    private final PayloadTraffic traffic;

    private HandingOverPayloadWriter(BufferChain chain, PayloadWriter copying, PayloadTraffic traffic) {
        this.chain = chain;
        this.copying = copying;
        this.traffic = traffic;
    }

    /** What hands over if it is wanted and this grpc-java allows it, what copies otherwise. */
    static PayloadWriter orCopying(boolean wanted, PayloadTraffic traffic) {
        PayloadWriter copying = new CopyingPayloadWriter(traffic);
        @Nullable BufferChain chain = wanted ? BufferChain.find() : null;
        return chain == null ? copying : new HandingOverPayloadWriter(chain, copying, traffic);
    }

    @Override
    public void write(Payload payload, OutputStream out, Runnable onSent) throws IOException {
        if (payload.sizeBytes() < MIN_BYTES || !payload.buffer().isDirect() || !chain.accepts(out)) {
            copying.write(payload, out, onSent);
            return;
        }
        ClaimedBuffer buffer = ClaimedBuffer.of(payload.share(), onSent);
        try {
            chain.append(out, buffer);
        } catch (IOException | RuntimeException | Error e) {
            buffer.release();
            throw e;
        }
        traffic.handedOver(payload.sizeBytes());
    }
}
