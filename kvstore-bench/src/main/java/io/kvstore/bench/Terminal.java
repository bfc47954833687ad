package io.kvstore.bench;

/** Whether a person watches stderr. */
final class Terminal {

    private Terminal() {}

    /** As the launcher found: only a shell can tell for stderr alone. */
    static boolean attached() {
        return Boolean.getBoolean("kvstore.terminal");
    }
}
