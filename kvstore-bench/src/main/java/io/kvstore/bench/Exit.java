package io.kvstore.bench;

/** Exit codes of every command. */
final class Exit {

    /** What was asked for is there; a run was right in every byte and count. */
    static final int OK = 0;
    /** Nothing stored there; a run differed from its model. */
    static final int MISS = 1;
    /** The command line cannot be used. */
    static final int USAGE = 2;
    /** The store, a file or the machine failed. */
    static final int FAILURE = 3;

    private Exit() {}
}
