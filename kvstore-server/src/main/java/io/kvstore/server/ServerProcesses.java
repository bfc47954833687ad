package io.kvstore.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The processes of one server: they start and end together. */
final class ServerProcesses {

    private final List<SupervisedProcess> processes;

    ServerProcesses(List<SupervisedProcess> processes) {
        this.processes = List.copyOf(processes);
    }

    List<SupervisedProcess> all() {
        return processes;
    }

    /** Starts all at a time; done when all serve, failed as soon as one cannot. */
    CompletableFuture<List<StartLine>> start() {
        List<CompletableFuture<StartLine>> starts =
                processes.stream().map(SupervisedProcess::start).toList();
        CompletableFuture<List<StartLine>> all = CompletableFuture.allOf(starts.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        nothing -> starts.stream().map(CompletableFuture::join).toList());
        starts.forEach(start -> start.whenComplete((line, failure) -> {
            if (failure != null) {
                all.completeExceptionally(failure);
            }
        }));
        return all;
    }

    /**
     * Asks all to end at the same time.
     *
     * @param patience how long they may take before they are killed
     * @return whether all ended as they should
     */
    CompletableFuture<Boolean> stop(Duration patience) {
        CompletableFuture<Boolean> orderly = CompletableFuture.completedFuture(true);
        for (SupervisedProcess process : processes) {
            orderly = orderly.thenCombine(process.stop(patience), (before, code) -> before && code == 0);
        }
        return orderly;
    }
}
