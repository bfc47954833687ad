package io.kvstore.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the bytes of the message that one call is receiving, as they come: before the last of them is there nobody can say
 * how long the message is, and until then all of them lie in the transport's buffers.
 *
 * <p>When the server's budget for received bytes is overdrawn, the call that overdraws it is refused.
 */
final class InboundBytes extends ServerStreamTracer {

    /** Messages up to this size are let in whatever the budget says: lookups and reads go on while writes wait. */
    private static final long ALWAYS_ADMITTED_BYTES = 64 * 1024;

    private static final Context.Key<InboundBytes> KEY = Context.key("kvstore-inbound-bytes");

    private final ByteBudget budget;
    private final List<ByteBudget.Permit> permits = new ArrayList<>();
    private long messageBytes;
    private boolean closed;
    private boolean refused;
    private @Nullable Runnable onRefuse;

    private InboundBytes(ByteBudget budget) {
        this.budget = budget;
    }

    static ServerStreamTracer.Factory factory(ByteBudget budget) {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
                return new InboundBytes(budget);
            }
        };
    }

    /** The counter of the call that the current thread works for; null when the server was built without. */
    static @Nullable InboundBytes current() {
        return KEY.get();
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(KEY, this);
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

    @Override
    public void inboundWireSize(long bytes) {
        Runnable refuse;
        synchronized (this) {
            if (closed) {
                return;
            }
            permits.add(budget.force(ByteBudget.NO_TENANT, bytes));
            messageBytes += bytes;
            if (refused || messageBytes <= ALWAYS_ADMITTED_BYTES || !budget.isOverdrawn(messageBytes)) {
                return;
            }
            refused = true;
            refuse = onRefuse;
        }
        if (refuse != null) {
            refuse.run();
        }
    }

    /** The message has been read: what it held is counted elsewhere from now on. */
    void settle() {
        List<ByteBudget.Permit> settled;
        synchronized (this) {
            settled = List.copyOf(permits);
            permits.clear();
            messageBytes = 0;
        }
        settled.forEach(ByteBudget.Permit::close);
    }

    @Override
    public void streamClosed(Status status) {
        synchronized (this) {
            closed = true;
        }
        settle();
    }
}
