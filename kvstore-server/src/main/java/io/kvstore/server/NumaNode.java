package io.kvstore.server;

/**
 * CPUs and the memory next to them.
 *
 * @param cpus those that this process may use, at least one
 * @param memoryBytes 0 when the node has none that this process may use, or it is not known
 */
record NumaNode(int id, CpuList cpus, long memoryBytes) {}
