package io.kvstore.grpc;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import io.kvstore.testkit.PayloadLedger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stores that answer when the test says so, and remember what they were asked. */
final class ScriptedStores implements KVStores {

    final PayloadLedger ledger = new PayloadLedger();
    final List<CallOptions> options = new CopyOnWriteArrayList<>();
    final List<CompletableFuture<?>> calls = new CopyOnWriteArrayList<>();
    final AtomicInteger questionsTaken = new AtomicInteger();
    final AtomicInteger resultsMade = new AtomicInteger();
    final AtomicInteger streamsCancelled = new AtomicInteger();
    final AtomicInteger streamsEnded = new AtomicInteger();
    volatile int payloadBytes;
    volatile boolean answering = true;
    volatile LookupResult lookup = new LookupResult(List.of(), false, 0);

    /** Answers are claims on one payload, so that a test can measure what others allocate. */
    volatile boolean sharesOnePayload;

    /** What payloads contain; zeros when null. */
    volatile byte @Nullable [] contents;

    /** Where payloads come from instead of the ledger. */
    volatile @Nullable Supplier<Payload> mapped;

    /** The payloads that were written, kept while {@link #contents} is set. */
    final List<byte[]> written = new CopyOnWriteArrayList<>();

    /** In how many pieces each of {@link #written} came. */
    final List<Integer> writtenIn = new CopyOnWriteArrayList<>();

    private final List<Stream> streams = new CopyOnWriteArrayList<>();
    private @Nullable Payload shared;

    @Override
    public KVStore store(StoreId id) {
        return new Store(id);
    }

    /** Answers what streams have asked meanwhile, and from now on at once. */
    void resume() {
        answering = true;
        streams.forEach(Stream::emit);
    }

    /** A found chunk of {@link #payloadBytes}. */
    ReadResult found(String location) {
        resultsMade.incrementAndGet();
        PromptChunk chunk = new PromptChunk(1, 0, TokenBlocks.of(new long[128]), payload());
        return ReadResult.found(location, chunk, 0);
    }

    private synchronized Payload payload() {
        Supplier<Payload> source = mapped;
        if (source != null) {
            return source.get();
        }
        byte[] bytes = contents;
        if (bytes != null) {
            return ledger.payload(bytes);
        }
        if (!sharesOnePayload) {
            return ledger.payload(new byte[payloadBytes]);
        }
        if (shared == null) {
            shared = ledger.payload(new byte[payloadBytes]);
        }
        return shared.share();
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(Flow.Publisher<ReadQuestion> questions, CallOptions callOptions) {
        options.add(callOptions);
        return subscriber -> questions.subscribe(new Stream(subscriber));
    }

    @Override
    public synchronized void close() {
        if (shared != null) {
            shared.close();
        }
    }

    private <T> CompletableFuture<T> answer(CallOptions callOptions, T value) {
        options.add(callOptions);
        CompletableFuture<T> call = new CompletableFuture<>();
        calls.add(call);
        if (answering) {
            call.complete(value);
        }
        return call;
    }

    private final class Store implements KVStore {
        private final StoreId id;

        Store(StoreId id) {
            this.id = id;
        }

        @Override
        public StoreId id() {
            return id;
        }

        @Override
        public CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions callOptions) {
            return answer(callOptions, lookup);
        }

        @Override
        public CompletableFuture<ReadResult> read(String location, CallOptions callOptions) {
            if (!answering) {
                return answer(callOptions, ReadResult.absent(location, 0));
            }
            return answer(callOptions, found(location));
        }

        @Override
        public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions callOptions) {
            throw new UnsupportedOperationException("the server asks through KVStores.readAll");
        }

        /** Keeps the chunk until the write is answered, as a real store does. */
        @Override
        public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions callOptions) {
            var claim = chunk.payload().share();
            if (contents != null) {
                writtenIn.add(claim.buffers().size());
                written.add(claim.toByteArray());
            }
            CompletableFuture<WriteResult> call = answer(callOptions, new WriteResult("loc", false, 0));
            var unused = call.whenComplete((result, failure) -> claim.close());
            return call;
        }
    }

    /** Takes all questions, makes a result for each when it is requested. */
    private final class Stream implements Flow.Subscriber<ReadQuestion>, Flow.Subscription {
        private final Flow.Subscriber<? super ReadResult> subscriber;
        private final Deque<String> asked = new ArrayDeque<>();
        private Flow.@Nullable Subscription questions;
        private long requested;
        private boolean complete;
        private boolean ended;

        Stream(Flow.Subscriber<? super ReadResult> subscriber) {
            this.subscriber = subscriber;
            streams.add(this);
        }

        @Override
        public void onSubscribe(Flow.Subscription source) {
            questions = source;
            subscriber.onSubscribe(this);
            source.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ReadQuestion question) {
            questionsTaken.incrementAndGet();
            synchronized (this) {
                asked.add(question.location());
            }
            emit();
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {
            synchronized (this) {
                complete = true;
            }
            emit();
        }

        @Override
        public void request(long n) {
            synchronized (this) {
                requested += n;
            }
            emit();
        }

        @Override
        public void cancel() {
            streamsCancelled.incrementAndGet();
            synchronized (this) {
                ended = true;
            }
            if (questions != null) {
                questions.cancel();
            }
        }

        private synchronized void emit() {
            while (answering && !ended && requested > 0 && !asked.isEmpty()) {
                requested--;
                subscriber.onNext(found(asked.remove()));
            }
            if (complete && asked.isEmpty() && !ended) {
                ended = true;
                streamsEnded.incrementAndGet();
                subscriber.onComplete();
            }
        }
    }
}
