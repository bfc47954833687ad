package io.kvstore.grpc;

import io.grpc.Drainable;
import io.grpc.internal.MessageFramer;
import io.grpc.internal.StatsTraceContext;
import io.grpc.internal.WritableBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a buffer of ours into the message that grpc-java is framing, between what was written before and what is written
 * next. gRPC's public interface takes arrays only, which costs a copy to the heap and one back.
 *
 * <p>Reaches into grpc-java in this one class: a message whose length is not known beforehand is written to a stream that
 * keeps a list of buffers. What that takes is looked for, and tried with a real framer, before it is used; when it is not
 * there, callers copy.
 */
final class BufferChain {

    private static final Logger log = LoggerFactory.getLogger(BufferChain.class);

    private static final String STREAM = "io.grpc.internal.MessageFramer$BufferChainOutputStream";
    private static final String BUFFER = "io.grpc.netty.NettyWritableBuffer";

    private final Class<?> streamClass;
    private final MethodHandle buffersOf;
    private final MethodHandle setCurrent;
    private final MethodHandle newBuffer;
    private final MethodHandle bytesOf;

    private BufferChain() throws ReflectiveOperationException {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        streamClass = Class.forName(STREAM);
        Field buffers = accessible(streamClass.getDeclaredField("bufferList"));
        Field current = accessible(streamClass.getDeclaredField("current"));
        Class<?> bufferClass = Class.forName(BUFFER);
        Constructor<?> constructor = bufferClass.getDeclaredConstructor(ByteBuf.class);
        constructor.setAccessible(true);
        var bytebuf = bufferClass.getDeclaredMethod("bytebuf");
        bytebuf.setAccessible(true);
        buffersOf = lookup.unreflectGetter(buffers);
        setCurrent = lookup.unreflectSetter(current);
        newBuffer = lookup.unreflectConstructor(constructor);
        bytesOf = lookup.unreflect(bytebuf);
    }

    private static Field accessible(Field field) {
        field.setAccessible(true);
        return field;
    }

    /** The way in, or null when this version of grpc-java has none. */
    static @Nullable BufferChain find() {
        try {
            LibraryInternals.checkWanted();
            BufferChain chain = new BufferChain();
            chain.tryOut();
            return chain;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            log.warn("payloads are copied into messages, there is no place for their memory ({})", e.toString());
            return null;
        }
    }

    /** Whether {@code out} is a message that takes buffers; one that is compressed is not. */
    boolean accepts(OutputStream out) {
        return out.getClass() == streamClass;
    }

    /** Appends the buffer, which becomes the message's; the caller's again when this throws. */
    void append(OutputStream out, ByteBuf buffer) throws IOException {
        try {
            WritableBuffer wrapped = (WritableBuffer) newBuffer.invoke(buffer);
            @SuppressWarnings("unchecked") // the type of the field
            List<WritableBuffer> buffers = (List<WritableBuffer>) buffersOf.invoke(out);
            // What is written next goes into a new buffer: the sizes of those are made by that of the one before.
            setCurrent.invoke(out, null);
            buffers.add(wrapped);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException("cannot append to the message", e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the same buffer and not a copy
    private void tryOut() throws ReflectiveOperationException {
        byte[] payload = {2, 3, 4};
        ByteBuf handedOver = Unpooled.wrappedBuffer(payload);
        List<WritableBuffer> frames = new ArrayList<>();
        MessageFramer framer = new MessageFramer(
                (frame, endOfStream, flush, messages) -> {
                    if (frame != null) {
                        frames.add(frame);
                    }
                },
                capacity -> wrap(Unpooled.buffer(capacity)),
                StatsTraceContext.NOOP);
        framer.writePayload(new Trial(handedOver));
        framer.flush();
        ByteBuf message = Unpooled.buffer();
        boolean untouched = false;
        for (WritableBuffer frame : frames) {
            ByteBuf bytes = unwrap(frame);
            untouched |= bytes == handedOver;
            message.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
            frame.release();
        }
        String sent = ByteBufUtil.hexDump(message);
        if (!untouched || !sent.equals("0000000005" + "0102030405") || handedOver.refCnt() != 0) {
            throw new NoSuchFieldException("a trial message became " + sent);
        }
    }

    private WritableBuffer wrap(ByteBuf buffer) {
        try {
            return (WritableBuffer) newBuffer.invoke(buffer);
        } catch (Throwable e) {
            throw new LinkageError("cannot make a buffer", e);
        }
    }

    private ByteBuf unwrap(WritableBuffer buffer) {
        try {
            return (ByteBuf) bytesOf.invoke(buffer);
        } catch (Throwable e) {
            throw new LinkageError("cannot look into a buffer", e);
        }
    }

    /** A message of five bytes, those in the middle handed over. */
    private final class Trial extends InputStream implements Drainable {

        private final ByteBuf middle;

        Trial(ByteBuf middle) {
            this.middle = middle;
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            if (!accepts(target)) {
                throw new IOException("messages are framed by " + target.getClass());
            }
            target.write(1);
            append(target, middle);
            target.write(5);
            return 5;
        }

        @Override
        public int read() {
            return -1;
        }
    }
}
