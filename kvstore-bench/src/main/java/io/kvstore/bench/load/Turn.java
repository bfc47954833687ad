package io.kvstore.bench.load;

/**
 * One request of a load.
 *
 * @param number counts from 0
 * @param dueNanos when it was due: what its latency is measured from
 */
record Turn(long number, long dueNanos) {}
