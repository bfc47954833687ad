package io.kvstore.api;

/**
 * One block of a run.
 *
 * @param hash the hash it was written with, an unsigned 64-bit value
 * @param location opaque handle to pass to {@link KVStore#read}; good in the store that gave it and nowhere else
 * @param sizeBytes length of the payload; 0 also when it is not known: of a chunk in a storage across the network that this
 *     server has neither read, written nor asked for lately
 * @param tier how near the payload is
 */
public record BlockLocation(long hash, String location, long sizeBytes, Tier tier) {}
