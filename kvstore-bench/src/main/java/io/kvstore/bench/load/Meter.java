package io.kvstore.bench.load;

import java.io.IOException;
import java.util.function.LongSupplier;

/** Reads what this process and the server's have used so far. */
final class Meter {

    private static final long UNKNOWN_PID = 0;

    private final long serverPid;
    private final LongSupplier clientHeap;
    private final LongSupplier serverHeap;

    Meter(long serverPid, LongSupplier clientHeap, LongSupplier serverHeap) {
        this.serverPid = serverPid;
        this.clientHeap = clientHeap;
        this.serverHeap = serverHeap;
    }

    /** What both have used. */
    record Reading(Usage client, Usage server) {}

    /** Before a job: the heap first, so that asking for it is not part of the job. */
    Reading before() throws IOException {
        long heapOfServer = serverHeap.getAsLong();
        long heapOfClient = clientHeap.getAsLong();
        return new Reading(
                new Usage(ProcessCpu.seconds(ProcessHandle.current().pid()), heapOfClient),
                new Usage(serverCpu(), heapOfServer));
    }

    /** After a job: the heap last. */
    Reading after() throws IOException {
        double cpuOfClient = ProcessCpu.seconds(ProcessHandle.current().pid());
        double cpuOfServer = serverCpu();
        long heapOfClient = clientHeap.getAsLong();
        return new Reading(new Usage(cpuOfClient, heapOfClient), new Usage(cpuOfServer, serverHeap.getAsLong()));
    }

    private double serverCpu() throws IOException {
        return serverPid == UNKNOWN_PID ? Double.NaN : ProcessCpu.seconds(serverPid);
    }
}
