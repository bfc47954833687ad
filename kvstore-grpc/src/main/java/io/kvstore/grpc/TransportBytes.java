package io.kvstore.grpc;

import io.grpc.internal.ReadableBuffer;
import io.grpc.internal.ReadableBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes bytes out of the transport's buffers: as they lie, or as a copy in one of ours. gRPC's public way, {@link io.grpc.HasByteBuffer}, shows one buffer
 * after the other and makes a view of every one that is left for each: a payload of 1.2 MB comes in twenty, one of 16 MB
 * in hundreds, and those views were half of all that a reading client allocated. Here it is cut into pieces first.
 *
 * <p>Reaches into grpc-java in this one class. What it needs is looked for, and tried, before the first use; when it is not
 * there, the public way is taken.
 */
final class TransportBytes {

    private static final Logger log = LoggerFactory.getLogger(TransportBytes.class);

    /** What the transport reads at once: a piece is one or two of its buffers. */
    private static final int PIECE_BYTES = 64 * 1024;

    /** What is taken at once: all the buffers of a frame, as a rule. */
    private static final int TAKEN_BYTES = 1 << 20;

    /** What is copied at once where a buffer cannot be seen as it lies: empty, or merged from small ones. */
    private static final int HIDDEN_PIECE_BYTES = 16 * 1024;

    private static final @Nullable TransportBytes FOUND = find();

    private final Class<?> streamClass;
    private final MethodHandle bufferOf;
    private final Class<?> nettyClass;
    private final MethodHandle nettyBufferOf;

    private TransportBytes() throws ReflectiveOperationException {
        streamClass = Class.forName("io.grpc.internal.ReadableBuffers$BufferInputStream");
        Field buffer = streamClass.getDeclaredField("buffer");
        buffer.setAccessible(true);
        bufferOf = MethodHandles.lookup().unreflectGetter(buffer);
        nettyClass = Class.forName("io.grpc.netty.NettyReadableBuffer");
        Field nettyBuffer = nettyClass.getDeclaredField("buffer");
        nettyBuffer.setAccessible(true);
        nettyBufferOf = MethodHandles.lookup().unreflectGetter(nettyBuffer);
    }

    /** The way in, or null when this version of grpc-java has none. */
    static @Nullable TransportBytes find() {
        try {
            LibraryInternals.checkWanted();
            TransportBytes bytes = new TransportBytes();
            bytes.tryOut();
            return bytes;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            log.warn("received payloads are copied buffer by buffer, there is no other way to them ({})", e.toString());
            return null;
        }
    }

    /** Fills {@code target} with the next bytes, of which there are enough; false when the stream is of another kind. */
    static boolean copy(InputStream in, ByteBuffer target) {
        return FOUND != null && FOUND.copyFrom(in, target);
    }

    /** Takes the next bytes, of which there are enough, as they lie; null when they cannot be had so, and stay in the stream. */
    static @Nullable ReceivedBytes take(InputStream in, int length) {
        if (FOUND == null || in.getClass() != FOUND.streamClass) {
            return null;
        }
        ReadableBuffer buffer = FOUND.bufferOf(in);
        return buffer.byteBufferSupported() ? FOUND.taken(buffer.readBytes(length)) : null;
    }

    private ReceivedBytes taken(ReadableBuffer bytes) {
        ReceivedBytes taken = new ReceivedBytes(new ArrayList<>(), new ArrayList<>(List.of(bytes)));
        try {
            if (bytes.getClass() == nettyClass) {
                addPieces(bytes, taken.pieces());
            } else {
                cut(bytes, taken);
            }
            return taken;
        } catch (Throwable e) {
            taken.close();
            throw e;
        }
    }

    /** In pieces of which nearly each is a part of one frame, and seen as it lies. */
    private void cut(ReadableBuffer rest, ReceivedBytes taken) {
        while (rest.readableBytes() > 0) {
            ReadableBuffer piece = rest.readBytes(Math.min(TAKEN_BYTES, rest.readableBytes()));
            taken.held().add(piece);
            if (piece.getClass() == nettyClass) {
                addPieces(piece, taken.pieces());
            } else {
                cutAtBorders(piece, taken);
            }
        }
    }

    /** The public view makes one of every buffer that is left, for each: cut off first, and it is one. */
    private void cutAtBorders(ReadableBuffer rest, ReceivedBytes taken) {
        // Asked again: taking bytes out may have merged small buffers into an array, which gRPC does not show.
        boolean shown = rest.byteBufferSupported();
        while (rest.readableBytes() > 0) {
            ByteBuffer next = shown ? rest.getByteBuffer() : null;
            if (next != null && next.hasRemaining()) {
                ReadableBuffer piece = rest.readBytes(next.remaining());
                taken.held().add(piece);
                addPieces(piece, taken.pieces());
            } else {
                byte[] copy = new byte[Math.min(HIDDEN_PIECE_BYTES, rest.readableBytes())];
                rest.readBytes(copy, 0, copy.length);
                taken.pieces().add(ByteBuffer.wrap(copy));
            }
        }
    }

    private void addPieces(ReadableBuffer bytes, List<ByteBuffer> pieces) {
        if (bytes.getClass() == nettyClass) {
            for (ByteBuffer piece : nettyBufferOf(bytes).nioBuffers()) {
                pieces.add(piece);
            }
        } else {
            pieces.add(bytes.getByteBuffer());
        }
    }

    private boolean copyFrom(InputStream in, ByteBuffer target) {
        if (in.getClass() != streamClass) {
            return false;
        }
        ReadableBuffer buffer = bufferOf(in);
        while (target.hasRemaining()) {
            try (ReadableBuffer piece = buffer.readBytes(Math.min(PIECE_BYTES, target.remaining()))) {
                copyPiece(piece, target);
            }
        }
        return true;
    }

    private void copyPiece(ReadableBuffer piece, ByteBuffer target) {
        if (piece.getClass() == nettyClass) {
            int limit = target.limit();
            target.limit(target.position() + piece.readableBytes());
            nettyBufferOf(piece).readBytes(target);
            target.limit(limit);
            return;
        }
        // At the border of two frames.
        while (piece.readableBytes() > 0) {
            ByteBuffer bytes = piece.byteBufferSupported() ? piece.getByteBuffer() : null;
            if (bytes != null && bytes.hasRemaining()) {
                int count = bytes.remaining();
                target.put(bytes);
                piece.skipBytes(count);
            } else {
                // An empty frame, which a skip does not pass, or small buffers that gRPC merged into an array, which it
                // does not show.
                byte[] copy = new byte[piece.readableBytes()];
                piece.readBytes(copy, 0, copy.length);
                target.put(copy);
            }
        }
    }

    private ByteBuf nettyBufferOf(ReadableBuffer piece) {
        try {
            return (ByteBuf) nettyBufferOf.invoke(piece);
        } catch (Throwable e) {
            throw new LinkageError("cannot look into the transport's buffer", e);
        }
    }

    private ReadableBuffer bufferOf(InputStream in) {
        try {
            return (ReadableBuffer) bufferOf.invoke(in);
        } catch (Throwable e) {
            throw new LinkageError("cannot look into the transport's stream", e);
        }
    }

    private void tryOut() throws ReflectiveOperationException {
        Constructor<?> constructor = nettyClass.getDeclaredConstructor(ByteBuf.class);
        constructor.setAccessible(true);
        ReadableBuffer received =
                (ReadableBuffer) constructor.newInstance(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        ByteBuffer target = ByteBuffer.allocateDirect(2);
        boolean copied = copyFrom(ReadableBuffers.openStream(received, true), target);
        received.close();
        if (!copied || target.flip().getShort() != 0x0102) {
            throw new NoSuchFieldException("a trial was not copied");
        }
    }
}
