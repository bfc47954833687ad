package io.kvstore.bench.figures;

import java.util.Map;

/**
 * Where figures come from.
 *
 * @param machine processor, cores, memory, kernel, load average before and after
 * @param versions of what was measured
 * @param settings of the run
 */
public record Environment(Map<String, String> machine, Map<String, String> versions, Map<String, String> settings) {}
