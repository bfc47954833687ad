package io.kvstore.bench.load;

/** How many of the blocks that a lookup asks for are stored. */
public enum Hits {
    ALL,
    HALF,
    NONE;

    int of(int blocks) {
        return switch (this) {
            case ALL -> blocks;
            case HALF -> blocks / 2;
            case NONE -> 0;
        };
    }
}
