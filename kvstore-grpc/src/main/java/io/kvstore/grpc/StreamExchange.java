package io.kvstore.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.protos.ReadRequest;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One StreamingRead of the client. Questions go out as they are published, up to {@link #MAX_UNANSWERED} ahead of the answers;
 * answers come in as they are requested, and belong to the questions in order of arrival.
 *
 * <p>All that the subscriber is told comes from gRPC's listener methods, which come one after another: whatever ends the
 * stream cancels the call, and the end of the call is what the subscriber is told.
 */
final class StreamExchange extends ClientCall.Listener<Decoded<ReadReply>> implements Flow.Subscription {

    /** Well below what our server takes, since questions on the way count there too. */
    private static final int MAX_UNANSWERED = 16_384;

    private static final int FIRST_QUESTIONS = 256;

    private final ClientCall<ReadRequest, Decoded<ReadReply>> call;
    private final Flow.Subscriber<? super ReadResult> subscriber;

    /** Guards the use of the call, which is not thread-safe except for cancel. */
    private final Object callLock = new Object();

    private boolean started;
    private boolean closed;
    private long requestedBeforeStart;

    private final Queue<String> unanswered = new ArrayDeque<>();
    private Flow.@Nullable Subscription questions;
    private long unrequestedQuestions;
    private boolean allAsked;
    private boolean cancelled;
    private @Nullable Throwable failure;

    StreamExchange(ClientCall<ReadRequest, Decoded<ReadReply>> call, Flow.Subscriber<? super ReadResult> subscriber) {
        this.call = call;
        this.subscriber = subscriber;
    }

    void start(Flow.Publisher<ReadQuestion> source, Metadata headers) {
        subscriber.onSubscribe(this);
        if (startCall(headers)) {
            source.subscribe(new Questions());
            return;
        }
        Throwable why;
        synchronized (this) {
            why = cancelled ? null : failure;
        }
        if (why != null) {
            subscriber.onError(why);
        }
    }

    /** False when the stream is over already: a call must not start after its cancel. */
    private boolean startCall(Metadata headers) {
        synchronized (callLock) {
            synchronized (this) {
                if (cancelled || failure != null) {
                    return false;
                }
            }
            call.start(this, headers);
            started = true;
            requestAnswers(requestedBeforeStart);
            return true;
        }
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            end(new IllegalArgumentException("requested " + n + " (expected: at least 1)"));
            return;
        }
        synchronized (callLock) {
            if (started) {
                requestAnswers(n);
            } else {
                requestedBeforeStart = requestedBeforeStart + n < 0 ? Long.MAX_VALUE : requestedBeforeStart + n;
            }
        }
    }

    private void requestAnswers(long n) {
        // gRPC counts in ints and adds them up; two billion answers are without limit.
        if (n > 0 && !closed) {
            call.request((int) Math.min(n, Integer.MAX_VALUE / 2));
        }
    }

    @Override
    public void cancel() {
        synchronized (this) {
            cancelled = true;
        }
        stopQuestions();
        cancelCall("cancelled by the subscriber", null);
    }

    /** Ends the stream with a failure of our side. */
    private void end(Throwable why) {
        synchronized (this) {
            if (failure == null) {
                failure = why;
            }
        }
        cancelCall("the stream failed on the client's side", why);
    }

    private void cancelCall(String why, @Nullable Throwable cause) {
        boolean underWay;
        synchronized (callLock) {
            underWay = started;
        }
        if (underWay) {
            call.cancel(why, cause);
        }
    }

    private void stopQuestions() {
        Flow.Subscription source;
        synchronized (this) {
            allAsked = true;
            source = questions;
        }
        if (source != null) {
            source.cancel();
        }
    }

    @Override
    public void onMessage(Decoded<ReadReply> decoded) {
        String asked;
        boolean askMore;
        boolean unwanted;
        Flow.Subscription source;
        synchronized (this) {
            asked = unanswered.poll();
            source = questions;
            askMore = unrequestedQuestions > 0;
            unrequestedQuestions -= askMore ? 1 : 0;
            unwanted = cancelled || failure != null;
        }
        ReadReply reply = decoded.message();
        if (asked == null || unwanted) {
            if (reply != null) {
                reply.close();
            }
            if (!unwanted) {
                end(new KVStoreException(Reason.INTERNAL, "the server answered more than was asked"));
            }
            return;
        }
        subscriber.onNext(reply == null ? ReadResult.failed(asked, unreadable(decoded), 0) : reply.toResult(asked));
        if (askMore && source != null) {
            source.request(1);
        }
    }

    private static KVStoreException unreadable(Decoded<ReadReply> decoded) {
        return decoded.failure() == null
                ? new KVStoreException(Reason.INTERNAL, "the answer could not be read")
                : decoded.failure();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        synchronized (callLock) {
            closed = true;
        }
        Throwable why;
        boolean silent;
        synchronized (this) {
            silent = cancelled;
            why = failure;
            if (why == null && !status.isOk()) {
                why = StatusMapping.toException(status, trailers);
            } else if (why == null && !(allAsked && unanswered.isEmpty())) {
                why = new KVStoreException(
                        Reason.INTERNAL,
                        "the server ended the stream with " + unanswered.size() + " questions unanswered");
            }
            unanswered.clear();
        }
        stopQuestions();
        if (silent) {
            return;
        }
        if (why == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(why);
        }
    }

    /** The questions' side of the stream. */
    private final class Questions implements Flow.Subscriber<ReadQuestion> {

        @Override
        public void onSubscribe(Flow.Subscription source) {
            boolean over;
            synchronized (StreamExchange.this) {
                over = allAsked;
                questions = source;
            }
            if (over) {
                source.cancel();
            } else {
                source.request(FIRST_QUESTIONS);
            }
        }

        @Override
        public void onNext(ReadQuestion question) {
            Flow.Subscription source;
            boolean askMore;
            ReadRequest message = ReadRequest.newBuilder()
                    .setResourceName(question.resource())
                    .setContainerName(question.container())
                    .setLocation(question.location())
                    .build();
            synchronized (callLock) {
                synchronized (StreamExchange.this) {
                    if (closed || allAsked) {
                        return;
                    }
                    unanswered.add(question.location());
                    source = questions;
                    askMore = unanswered.size() < MAX_UNANSWERED - FIRST_QUESTIONS;
                    unrequestedQuestions += askMore ? 0 : 1;
                }
                call.sendMessage(message);
            }
            if (askMore && source != null) {
                source.request(1);
            }
        }

        @Override
        public void onError(Throwable thrown) {
            end(KVStoreException.of(thrown));
        }

        @Override
        public void onComplete() {
            synchronized (callLock) {
                synchronized (StreamExchange.this) {
                    if (allAsked) {
                        return;
                    }
                    allAsked = true;
                }
                if (!closed) {
                    call.halfClose();
                }
            }
        }
    }
}
