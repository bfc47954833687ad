package io.kvstore.grpc;

/**
 * Which answers of a stream go out on the thread that has them. To hand one over costs two changes of thread, as much as the
 * rest of the work on an answer of 1.2 MB that is sent from where it lies.
 *
 * <p>Used by one thread at a time.
 */
final class StreamTurn {

    /** What may be copied on any thread, such as the store's own: handing it over would cost more than the copy. */
    private static final long ANYWHERE_BYTES = 64 * 1024;

    /** After so much the stream goes to the end of the line: one that is read fast would keep a thread to itself. */
    private static final long TURN_BYTES = 4 << 20;

    private long bytes;

    /** Whether an answer goes on where it is; otherwise it is to be handed over, and a new turn begins. */
    boolean goesOn(long answerBytes) {
        bytes += answerBytes;
        if (bytes <= TURN_BYTES && (answerBytes <= ANYWHERE_BYTES || CallThreads.isCurrent())) {
            return true;
        }
        bytes = 0;
        return false;
    }
}
