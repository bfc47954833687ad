package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnaryExchangeTest {

    /** Ends on another thread while its question is being sent, as where nobody listens; refuses what gRPC refuses. */
    private static final class EndsWhileSending extends ClientCall<String, String> {

        private final CountDownLatch cancelled = new CountDownLatch(1);
        private final CountDownLatch sent = new CountDownLatch(1);

        @Override
        public void start(Listener<String> listener, Metadata headers) {
            new Thread(() -> listener.onClose(Status.UNAVAILABLE, new Metadata())).start();
        }

        @Override
        public void sendMessage(String message) {
            await(cancelled);
            throw new IllegalStateException("call was cancelled");
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            boolean first = cancelled.getCount() > 0;
            cancelled.countDown();
            if (first) {
                await(sent); // whoever sends tells first
            }
        }

        @Override
        public void request(int count) {}

        @Override
        public void halfClose() {}

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A question that cannot be sent; ends where it is cancelled, before cancel returns. */
    private static final class CannotSend extends ClientCall<String, String> {

        private @Nullable Listener<String> listener;

        @Override
        public void start(Listener<String> given, Metadata headers) {
            listener = given;
        }

        @Override
        public void sendMessage(String message) {
            throw new IllegalArgumentException("cannot be encoded");
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            Listener<String> told = listener;
            listener = null;
            if (told != null) {
                told.onClose(Status.CANCELLED, new Metadata());
            }
        }

        @Override
        public void request(int count) {}

        @Override
        public void halfClose() {}
    }

    /** The failure: it was told as the caller's own cancel, when that came first. */
    @Test
    void a_question_that_cannot_be_sent_fails_for_that() {
        CompletableFuture<String> call = UnaryExchange.start(
                new CannotSend(), new Metadata(), "question", answer -> answer, answer -> {}, () -> {});

        KVStoreException why =
                KVStoreException.of(call.handle((answer, failure) -> failure).join());
        assertThat(why.reason()).isEqualTo(Reason.INTERNAL);
    }

    /** The failure: now and then a call to a server that is not there was INTERNAL, which nobody repeats. */
    @Test
    void a_call_that_ends_while_it_is_sent_fails_for_what_ended_it() {
        EndsWhileSending ending = new EndsWhileSending();
        CompletableFuture<String> call =
                UnaryExchange.start(ending, new Metadata(), "question", answer -> answer, answer -> {}, () -> {});
        ending.sent.countDown();

        KVStoreException why = KVStoreException.of(call.handle((answer, failure) -> failure)
                .orTimeout(30, TimeUnit.SECONDS)
                .join());
        assertThat(why.reason()).isEqualTo(Reason.UNAVAILABLE);
    }
}
