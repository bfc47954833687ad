package io.kvstore.testkit.azure;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How many requests of which kind there were, and how many bytes from and to which address. */
final class Traffic {

    private record Count(String account, RequestKind kind) {}

    private final Map<Count, LongAdder> requests = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> bytes = new ConcurrentHashMap<>();

    void request(BlobRequest request) {
        requests.computeIfAbsent(new Count(request.account(), request.kind()), key -> new LongAdder())
                .increment();
    }

    long count(RequestKind kind) {
        return requests.entrySet().stream()
                .filter(entry -> entry.getKey().kind == kind)
                .mapToLong(entry -> entry.getValue().sum())
                .sum();
    }

    long count(String account, RequestKind kind) {
        LongAdder count = requests.get(new Count(account, kind));
        return count == null ? 0 : count.sum();
    }

    /** Where the bytes of a connection from {@code address} are counted. */
    LongAdder bytesOf(String address) {
        return bytes.computeIfAbsent(address, key -> new LongAdder());
    }

    Map<String, Long> bytesBySource() {
        Map<String, Long> sums = new TreeMap<>();
        bytes.forEach((address, sum) -> sums.put(address, sum.sum()));
        return sums;
    }

    void reset() {
        requests.clear();
        // Connections hold their counters.
        bytes.values().forEach(LongAdder::reset);
    }
}
