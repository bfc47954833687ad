package io.kvstore.bench.load;

import java.io.IOException;

/** Makes load on one kind of server. Used by one thread, one job at a time. */
interface LoadClient extends AutoCloseable {

    /**
     * Stores what the jobs that follow read, reads it back and compares every byte.
     *
     * @throws IOException when the server cannot be used, or gave other bytes
     */
    void load(Job job, PayloadSet payloads) throws IOException;

    /** Gets ready for a job, before the clock runs. */
    default void prepare(Job job) throws IOException {}

    /** Does the job until the window is over; returns when nothing is under way any more. */
    void run(Job job, PayloadSet payloads, Window window) throws IOException, InterruptedException;

    /**
     * After the clock: compares a sample of what was written with what is there now, byte for byte, and cleans up.
     *
     * @throws IOException when it is not the same
     */
    default void verify(Job job, PayloadSet payloads, long operations) throws IOException {}

    @Override
    void close() throws IOException;
}
