package io.kvstore.bench;

/** Whether a person watches, as the launcher found: only a shell can tell for one stream alone. */
final class Terminal {

    private Terminal() {}

    /** Whether stderr is a terminal. */
    static boolean attached() {
        return Boolean.getBoolean("kvstore.terminal");
    }

    /** Whether stdout is a terminal. */
    static boolean stdoutAttached() {
        return Boolean.getBoolean("kvstore.terminal.stdout");
    }
}
