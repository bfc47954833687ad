package io.kvstore.grpc;

import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;

/**
 * One StreamingRead. Questions are taken in as they come, whether or not anybody reads the answers, since existing clients
 * write all of them first; they are bounded in {@link UnansweredQuestions}, the answers in {@link AnswerPump}.
 */
final class StreamingReadCall extends ServerCall.Listener<Decoded<LocationQuestion>> implements TimedCall {

    /** Messages asked of the transport ahead; asked anew by the half, since each time is a task for the event loop. */
    private static final int INTAKE_MESSAGES = 64;

    private final ServerCall<Decoded<LocationQuestion>, ReadAnswer> call;
    private final Door door;
    private final CallOptions options;
    private final QuestionQueue questions = new QuestionQueue();
    private final UnansweredQuestions unanswered;
    private final InboundBytes inbound;
    private final AnswerPump answers;

    /** Only the listener methods touch it. */
    private int messagesTaken;

    private StreamingReadCall(ServerCall<Decoded<LocationQuestion>, ReadAnswer> call, Door door, CallOptions options) {
        this.call = call;
        this.door = door;
        this.options = options;
        this.inbound = InboundBytes.current(door.inbound());
        this.unanswered = new UnansweredQuestions(door.questions(), CallHeaders.connection(call.getAttributes()));
        this.answers = new AnswerPump(new StreamReply(call, options), unanswered, door, this::stopIntake);
    }

    static ServerCallHandler<Decoded<LocationQuestion>, ReadAnswer> handler(KVStores stores, Door door) {
        return (call, headers) -> {
            StreamingReadCall listener = new StreamingReadCall(call, door, CallHeaders.options(headers));
            listener.start(stores);
            return listener;
        };
    }

    private void start(KVStores stores) {
        inbound.onRefuse(() -> door.executor().execute(() -> answers.fail(ByteBudget.exhausted())));
        try {
            stores.readAll(questions, options).subscribe(answers);
        } catch (RuntimeException e) {
            answers.fail(KVStoreException.of(e));
        }
        call.request(INTAKE_MESSAGES);
    }

    @Override
    public void onMessage(Decoded<LocationQuestion> message) {
        LocationQuestion question;
        try {
            question = message.get();
            unanswered.add(question, door.clock().nanos());
        } catch (KVStoreException e) {
            answers.fail(e);
            return;
        }
        inbound.received(message.bytes(), 0);
        questions.offer(question.toReadQuestion());
        if (++messagesTaken % (INTAKE_MESSAGES / 2) == 0) {
            call.request(INTAKE_MESSAGES / 2);
        }
    }

    @Override
    public void onHalfClose() {
        unanswered.complete();
        questions.complete();
    }

    @Override
    public void onReady() {
        answers.pump();
    }

    @Override
    public void onCancel() {
        onComplete();
    }

    @Override
    public void onComplete() {
        answers.callEnded();
    }

    @Override
    public void check(long nowNanos) {
        answers.check(nowNanos);
        if (answers.isStalled(nowNanos)) {
            inbound.abort();
        }
    }

    @Override
    public void leave() {
        answers.leave();
    }

    @Override
    public void abandon() {
        answers.fail(ActiveCalls.goingAway());
    }

    private void stopIntake() {
        questions.cancel();
        unanswered.close();
        inbound.close();
    }
}
