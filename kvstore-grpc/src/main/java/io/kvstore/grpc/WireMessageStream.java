package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link WireMessage} on its way into the transport, in small pieces straight into the transport's buffer: as an array, a
 * long lookup would be hundreds of kilobytes of heap.
 */
final class WireMessageStream extends InputStream implements Drainable, KnownLength {

    /** Fits the first-level cache. */
    private static final int PIECE_BYTES = 8192;

    private final WireMessage message;
    private final int sizeBytes;
    private boolean drained;

    /** For whoever reads instead of draining, which our transports do not. */
    private @Nullable ByteArrayInputStream bytes;

    WireMessageStream(WireMessage message) {
        this.message = message;
        this.sizeBytes = message.sizeBytes();
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        if (bytes != null) {
            return (int) bytes.transferTo(target);
        }
        if (drained) {
            return 0;
        }
        drained = true;
        CodedOutputStream out = CodedOutputStream.newInstance(target, Math.min(sizeBytes, PIECE_BYTES));
        message.writeTo(out);
        out.flush();
        return sizeBytes;
    }

    @Override
    public int read() throws IOException {
        return asBytes().read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return asBytes().read(target, offset, length);
    }

    private ByteArrayInputStream asBytes() throws IOException {
        ByteArrayInputStream all = bytes;
        if (all == null) {
            byte[] array = new byte[drained ? 0 : sizeBytes];
            if (!drained) {
                CodedOutputStream out = CodedOutputStream.newInstance(array);
                message.writeTo(out);
                out.checkNoSpaceLeft();
            }
            all = new ByteArrayInputStream(array);
            bytes = all;
        }
        return all;
    }

    @Override
    public int available() {
        return bytes != null ? bytes.available() : drained ? 0 : sizeBytes;
    }
}
