package io.kvstore.core;

import java.util.HashMap;
import java.util.Map;

/**
 * The room of one ordered read: it counts as one call of a resource for as long as items of that resource are being fetched.
 * Were each item a call, the read-ahead of a single stream would run into a limit that is meant for many callers.
 *
 * <p>Its lock is this stream's alone.
 */
final class StreamQuota implements Quota {

    private final Quota calls;
    private final Map<String, Integer> items = new HashMap<>();

    StreamQuota(Quota calls) {
        this.calls = calls;
    }

    @Override
    public synchronized boolean enter(String resource, int maxCalls) {
        if (!items.containsKey(resource) && !calls.enter(resource, maxCalls)) {
            return false;
        }
        items.merge(resource, 1, Integer::sum);
        return true;
    }

    @Override
    public synchronized void leave(String resource) {
        if (items.merge(resource, -1, Integer::sum) == 0) {
            items.remove(resource);
            calls.leave(resource);
        }
    }
}
