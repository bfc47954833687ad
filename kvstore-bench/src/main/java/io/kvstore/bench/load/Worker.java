package io.kvstore.bench.load;

import java.io.IOException;

/** Does one job after the other with one client. */
final class Worker {

    private final LoadClient client;
    private final Meter meter;
    private PayloadSet payloads = new PayloadSet(0, 1);

    Worker(LoadClient client, Meter meter) {
        this.client = client;
        this.meter = meter;
    }

    /** What came of the job; a failure is part of it. */
    Outcome outcome(Job job) {
        try {
            return job.call() == Call.LOAD ? load(job) : measure(job);
        } catch (IOException | RuntimeException e) {
            return Outcome.failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Outcome.failed("interrupted");
        }
    }

    private Outcome load(Job job) throws IOException {
        if (!payloads.isOf(job.payloadBytes(), job.chunks())) {
            payloads = new PayloadSet(job.payloadBytes(), job.chunks());
        }
        client.load(job, payloads);
        return Outcome.nothing();
    }

    private Outcome measure(Job job) throws IOException, InterruptedException {
        client.prepare(job);
        Meter.Reading before = meter.before();
        Window window = new Window(job, System::nanoTime);
        client.run(job, payloads, window);
        Meter.Reading after = meter.after();
        Outcome outcome = window.outcome(
                after.client().since(before.client()), after.server().since(before.server()));
        if (!outcome.failed()) {
            client.verify(job, payloads, outcome.operations());
        }
        return outcome;
    }
}
