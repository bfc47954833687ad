package io.kvstore.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.protos.ReadRequest;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** An ordered read of the client: one StreamingRead for its one subscriber. */
final class OrderedRead implements Flow.Publisher<ReadResult> {

    private final Flow.Publisher<ReadQuestion> questions;
    private final Supplier<ClientCall<ReadRequest, Decoded<ReadReply>>> newCall;
    private final Metadata headers;
    private final AtomicBoolean subscribed = new AtomicBoolean();

    OrderedRead(
            Flow.Publisher<ReadQuestion> questions,
            Supplier<ClientCall<ReadRequest, Decoded<ReadReply>>> newCall,
            Metadata headers) {
        this.questions = questions;
        this.newCall = newCall;
        this.headers = headers;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ReadResult> subscriber) {
        if (subscribed.compareAndSet(false, true)) {
            new StreamExchange(newCall.get(), subscriber).start(questions, headers);
        } else {
            subscriber.onSubscribe(new NoSubscription());
            subscriber.onError(new IllegalStateException("an ordered read serves one subscriber"));
        }
    }

    private static final class NoSubscription implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
