package io.kvstore.core;

import java.util.concurrent.ConcurrentHashMap;

/** Counts the calls under way of each resource that has a limit. A resource without one costs nothing and leaves nothing here. */
final class CallQuota implements Quota {

    private final ConcurrentHashMap<String, Integer> underWay = new ConcurrentHashMap<>();

    @Override
    public boolean enter(String resource, int maxCalls) {
        boolean[] entered = {false};
        underWay.compute(resource, (name, calls) -> {
            int before = calls == null ? 0 : calls;
            entered[0] = before < maxCalls;
            return entered[0] ? Integer.valueOf(before + 1) : calls;
        });
        return entered[0];
    }

    @Override
    public void leave(String resource) {
        underWay.computeIfPresent(resource, (name, calls) -> calls == 1 ? null : calls - 1);
    }
}
