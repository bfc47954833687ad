package io.kvstore.bench;

/**
 * The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): a bijection
 * of 64-bit values in which every input bit reaches every output bit.
 */
final class Mix {

    /** The odd step between the states of SplitMix64: 2^64 divided by the golden ratio. */
    static final long GAMMA = 0x9e3779b97f4a7c15L;

    private Mix() {}

    static long mix64(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
