package io.kvstore.bench.figures;

/** Who is measured. */
public enum Contender {
    KVSTORE("kvstore"),
    /** Another server of ours over the same storage, whose caches are warm. */
    CACHED("cached"),
    RAW("raw TCP"),
    REDIS("Redis");

    private final String label;

    Contender(String label) {
        this.label = label;
    }

    /** Whether it is a server of ours. */
    public boolean isOurs() {
        return this == KVSTORE || this == CACHED;
    }

    /** As people know it. */
    public String label() {
        return label;
    }
}
