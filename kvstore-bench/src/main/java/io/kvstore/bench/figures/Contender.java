package io.kvstore.bench.figures;

/** Who is measured. */
public enum Contender {
    KVSTORE("kvstore"),
    RAW("raw TCP"),
    REDIS("Redis");

    private final String label;

    Contender(String label) {
        this.label = label;
    }

    /** As people know it. */
    public String label() {
        return label;
    }
}
