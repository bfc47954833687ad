package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One load per key at a time: callers that ask for a blob which is being loaded wait for that load.
 *
 * <p>The first caller leads: the load runs in its time. When the load fails because of the leader (its deadline, its cancel),
 * the next waiter leads a load of its own; any other failure is everybody's, since a backend that is down would otherwise be
 * asked once for each waiter, one after the other. A caller's cancel is its own; the load stops when nobody is left.
 */
final class CoalescingBlobStore extends ForwardingBlobStore {

    private final ConcurrentHashMap<StoreKey, Flight> flights = new ConcurrentHashMap<>();

    CoalescingBlobStore(BlobStore inner) {
        super(inner);
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        StoreKey name = new StoreKey(store, key);
        while (true) {
            Flight flight = flights.computeIfAbsent(name, Flight::new);
            Waiter waiter = new Waiter(context, flight);
            if (flight.join(waiter)) {
                return waiter;
            }
            flights.remove(name, flight);
        }
    }

    /** One caller. */
    private static final class Waiter extends CompletableFuture<Optional<Blob>> {
        final CallContext context;
        private final Flight flight;

        Waiter(CallContext context, Flight flight) {
            this.context = context;
            this.flight = flight;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            flight.leave(this);
            return cancelled;
        }
    }

    /** One load and those who wait for it. Guarded by itself; loads and completions happen outside the lock. */
    private final class Flight {
        private final StoreKey name;
        private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
        private @Nullable CompletableFuture<Optional<Blob>> load;
        private boolean landed;

        Flight(StoreKey name) {
            this.name = name;
        }

        /** False when this flight has landed: the caller takes the next one. */
        boolean join(Waiter waiter) {
            synchronized (this) {
                if (landed) {
                    return false;
                }
                waiters.add(waiter);
                if (waiters.size() > 1) {
                    return true;
                }
            }
            start(waiter);
            return true;
        }

        /** A loop, not a recursion: when a thousand waiters' time is up at once, each leads for an instant. */
        private void start(Waiter first) {
            Waiter leader = first;
            while (leader != null) {
                CompletableFuture<Optional<Blob>> started = load(leader);
                if (!started.isDone()) {
                    Waiter led = leader;
                    started.whenComplete((found, failure) -> {
                        Waiter next = ended(led, found, failure);
                        if (next != null) {
                            start(next);
                        }
                    });
                    return;
                }
                leader = ended(leader, started);
            }
        }

        private CompletableFuture<Optional<Blob>> load(Waiter leader) {
            CompletableFuture<Optional<Blob>> started;
            try {
                started = inner.get(name.store(), name.key(), leader.context);
            } catch (RuntimeException | Error e) {
                started = CompletableFuture.failedFuture(e); // or the flight would never land
            }
            boolean abandoned;
            synchronized (this) {
                load = started;
                abandoned = waiters.isEmpty();
            }
            if (abandoned) {
                started.cancel(true);
            }
            return started;
        }

        private @Nullable Waiter ended(Waiter leader, CompletableFuture<Optional<Blob>> done) {
            try {
                return ended(leader, done.join(), null);
            } catch (CompletionException | CancellationException e) {
                return ended(leader, null, e);
            }
        }

        /** Serves those who wait; the one who leads next when the failure was the leader's own. */
        @SuppressWarnings({"NullAway", "NullableOptional"}) // one of the two is null, as whenComplete promises
        private @Nullable Waiter ended(Waiter leader, @Nullable Optional<Blob> found, @Nullable Throwable failure) {
            if (failure == null) {
                succeeded(found);
                return null;
            }
            if (isTheLeadersOwn(failure)) {
                return handOver(leader, failure);
            }
            landed().forEach(waiter -> waiter.completeExceptionally(failure));
            return null;
        }

        void leave(Waiter waiter) {
            CompletableFuture<Optional<Blob>> orphan = null;
            synchronized (this) {
                if (waiters.remove(waiter) && waiters.isEmpty()) {
                    orphan = load;
                    land();
                }
            }
            if (orphan != null) {
                orphan.cancel(true);
            }
        }

        private void succeeded(Optional<Blob> found) {
            List<Waiter> served = landed();
            if (found.isEmpty()) {
                served.forEach(waiter -> waiter.complete(found));
                return;
            }
            try (Blob blob = found.get()) {
                for (Waiter waiter : served) {
                    Blob share = blob.share();
                    Futures.deliver(Optional.of(share), waiter, share::close);
                }
            }
        }

        private synchronized List<Waiter> landed() {
            List<Waiter> served = new ArrayList<>(waiters);
            land();
            return served;
        }

        private @Nullable Waiter handOver(Waiter leader, Throwable failure) {
            Waiter next;
            synchronized (this) {
                waiters.remove(leader);
                next = waiters.peek();
                if (next == null) {
                    land();
                }
            }
            leader.completeExceptionally(failure);
            return next;
        }

        private void land() {
            landed = true;
            waiters.clear();
            flights.remove(name, this);
        }
    }

    private static boolean isTheLeadersOwn(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof CancellationException
                || (cause instanceof KVStoreException e
                        && (e.reason() == Reason.DEADLINE_EXCEEDED || e.reason() == Reason.CANCELLED));
    }
}
