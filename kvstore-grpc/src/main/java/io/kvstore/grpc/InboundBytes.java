package io.kvstore.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvstore.protos.KVStoreServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one call has received and not yet let go of: the bytes of a message as they come, since before the last
 * of them is there nobody can say how long the message is, and then what the decoded question takes. What is large
 * counts for the connection it came on; small messages count for nobody, so that who sends but these has nothing in
 * flight.
 *
 * <p>When the server's budget for received bytes is overdrawn, or by half the most that a connection may have, the call
 * that overdraws it is refused.
 *
 * <p>Threading: safe for many threads.
 */
final class InboundBytes extends ServerStreamTracer {

    /** What a question without a payload or tokens takes at most, and one of the health and reflection services. */
    static final long MAX_SMALL_MESSAGE_BYTES = 64 * 1024;

    private static final Context.Key<InboundBytes> KEY = Context.key("kvstore-inbound-bytes");

    private final ByteBudget budget;
    private final long maxMessageBytes;
    private String connection = ByteBudget.NO_TENANT;
    private ByteBudget.Permit counted;
    private boolean countsForConnection;

    /** Of the message that comes just now. Only the thread that takes messages from the transport touches it. */
    private long messageBytes;

    private long reservedBytes;
    private long arrivingBytes;
    private long keptBytes;
    private boolean closed;
    private boolean refused;
    private @Nullable Runnable onRefuse;
    private volatile Context.@Nullable CancellableContext callContext;

    InboundBytes(ByteBudget budget, long maxMessageBytes) {
        this.budget = budget;
        this.maxMessageBytes = maxMessageBytes;
        this.counted = budget.force(ByteBudget.NO_TENANT, 0);
    }

    /** Other services than ours get no part of the budget, and a small limit instead: nobody there would refuse their calls. */
    static ServerStreamTracer.Factory factory(ByteBudget budget) {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
                if (!fullMethodName.startsWith(KVStoreServiceGrpc.SERVICE_NAME + "/")) {
                    return new SmallMessages();
                }
                boolean large = fullMethodName.equals(
                                KVStoreServiceGrpc.getWriteMethod().getFullMethodName())
                        || fullMethodName.equals(
                                KVStoreServiceGrpc.getLookupMethod().getFullMethodName());
                return new InboundBytes(budget, large ? Long.MAX_VALUE : MAX_SMALL_MESSAGE_BYTES);
            }
        };
    }

    /** The counter of the call that the current thread works for; a new one on a transport that does not count. */
    static InboundBytes current(ByteBudget budget) {
        InboundBytes current = KEY.get();
        return current == null ? new InboundBytes(budget, Long.MAX_VALUE) : current;
    }

    @Override
    public Context filterContext(Context context) {
        Context.CancellableContext cancellable = context.withCancellation();
        callContext = cancellable;
        return cancellable.withValue(KEY, this);
    }

    /**
     * Resets the stream of the call, which drops what the client does not read. A close would not do: its trailers wait behind
     * the messages. gRPC has no method for it; a context whose deadline is over is the one thing that makes it reset.
     */
    void abort() {
        Context.CancellableContext context = callContext;
        if (context != null) {
            context.cancel(Status.DEADLINE_EXCEEDED
                    .withDescription("the answer was not read in time")
                    .asRuntimeException());
        }
    }

    /** Before any of its bytes. */
    @Override
    public synchronized void serverCallStarted(ServerCallInfo<?, ?> call) {
        connection = CallHeaders.connection(call.getAttributes());
    }

    /** Called once when this call overdraws the budget, on any thread; must not block. */
    void onRefuse(Runnable refuse) {
        synchronized (this) {
            onRefuse = refuse;
            if (!refused) {
                return;
            }
        }
        refuse.run();
    }

    /** Takes the room that the message was promised; its bytes fill it up before more is counted. */
    void reserve(ByteBudget.Permit permit) {
        ByteBudget.Permit replaced = permit;
        synchronized (this) {
            if (!closed) {
                replaced = counted;
                counted = permit;
                countsForConnection = true;
                reservedBytes = permit.bytes();
                counted.resize(countedBytes());
            }
        }
        replaced.close();
    }

    @Override
    public void inboundWireSize(long bytes) {
        change(bytes, 0, false);
        messageBytes += bytes;
        if (messageBytes > maxMessageBytes) {
            // The transport ends the call with what its tracers throw.
            throw tooLarge();
        }
    }

    /** A message is whole, whenever somebody comes to look at it. */
    @Override
    public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
        messageBytes = 0;
    }

    /**
     * A message was read.
     *
     * @param messageBytes its length
     * @param questionBytes what is kept of it, counted until {@link #letGo}
     */
    void received(long messageBytes, long questionBytes) {
        change(-messageBytes, questionBytes, true);
    }

    /** So many bytes of questions are kept no longer, or counted elsewhere from now on. */
    void letGo(long questionBytes) {
        change(0, -questionBytes, false);
    }

    private void change(long arriving, long kept, boolean complete) {
        Runnable refuse;
        synchronized (this) {
            if (closed) {
                return;
            }
            arrivingBytes = Math.max(0, arrivingBytes + arriving);
            keptBytes = Math.max(0, keptBytes + kept);
            if (complete) {
                reservedBytes = 0;
            }
            count();
            if (refused || !isTooMuch()) {
                return;
            }
            refused = true;
            refuse = onRefuse;
        }
        if (refuse != null) {
            refuse.run();
        }
    }

    // Guarded by this.
    private void count() {
        if (countsForConnection || countedBytes() <= MAX_SMALL_MESSAGE_BYTES) {
            counted.resize(countedBytes());
            return;
        }
        ByteBudget.Permit small = counted;
        counted = budget.force(connection, countedBytes());
        countsForConnection = true;
        small.close();
    }

    private long countedBytes() {
        return Math.max(reservedBytes, arrivingBytes + keptBytes);
    }

    /** Small messages go on while large ones wait: lookups and reads while writes do. */
    private boolean isTooMuch() {
        return arrivingBytes + keptBytes <= MAX_SMALL_MESSAGE_BYTES
                ? budget.isOverdrawnBySmall(countedBytes())
                : counted.isOverdrawn();
    }

    /** Whether room is held that others would have a use for. */
    synchronized boolean isLarge() {
        return !closed && countedBytes() > MAX_SMALL_MESSAGE_BYTES;
    }

    /** Bytes of what has come and was not read yet: parts of a message, and whole ones. */
    synchronized long arrivingBytes() {
        return arrivingBytes;
    }

    /** The call is over: nothing of it counts any more. */
    synchronized void close() {
        closed = true;
        counted.close();
    }

    @Override
    public void streamClosed(Status status) {
        close();
    }

    private static RuntimeException tooLarge() {
        return Status.RESOURCE_EXHAUSTED
                .withDescription("a message of more than " + MAX_SMALL_MESSAGE_BYTES + " bytes")
                .asRuntimeException();
    }

    /** Ends the call that sends more than a small message. */
    private static final class SmallMessages extends ServerStreamTracer {

        private long messageBytes;

        @Override
        public void inboundWireSize(long bytes) {
            messageBytes += bytes;
            if (messageBytes > MAX_SMALL_MESSAGE_BYTES) {
                throw tooLarge();
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
            messageBytes = 0;
        }
    }
}
