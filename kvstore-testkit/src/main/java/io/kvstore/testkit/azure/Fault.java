package io.kvstore.testkit.azure;

import java.util.function.Consumer;

/** What goes wrong with a request. */
interface Fault {

    /** Nothing. */
    Fault NONE = Exchange::answerAsAzure;

    /** Answers, or does what comes in the place of an answer; on the connection's event loop, the upload complete. */
    void answer(Exchange exchange);

    /** After how many bytes of an upload {@link #strikeUpload} comes in between. */
    default long uploadLimitBytes() {
        return Long.MAX_VALUE;
    }

    default void strikeUpload(Exchange exchange) {}

    /** A fault that comes in the middle of an upload, which is answered as Azure does if it goes on after all. */
    record Upload(long uploadLimitBytes, Consumer<Exchange> strike) implements Fault {

        @Override
        public void answer(Exchange exchange) {
            exchange.answerWhenThawed();
        }

        @Override
        public void strikeUpload(Exchange exchange) {
            strike.accept(exchange);
        }
    }
}
