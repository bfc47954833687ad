package io.kvstore.testkit;

import io.kvstore.api.Limits;
import java.util.List;

/** Partition keys and completion ids that have gone wrong somewhere, and some that must go wrong. */
final class Texts {

    /** All different, all legal. */
    static final List<String> LEGAL = List.of(
            "",
            " ",
            "a",
            "A",
            "a ",
            "a/b",
            "../..",
            "\0",
            "a\0b",
            "'\"\\\r\n",
            "%2e%2e",
            "\u00e9",
            "\u00e8",
            "e\u0301",
            "\u00fc".repeat(Limits.MAX_PARTITION_KEY_BYTES / 2),
            "\ud83d\ude80".repeat(Limits.MAX_PARTITION_KEY_BYTES / 4),
            "k".repeat(Limits.MAX_PARTITION_KEY_BYTES));

    /** Too long in bytes, or not Unicode. */
    static final List<String> ILLEGAL = List.of(
            "k".repeat(Limits.MAX_PARTITION_KEY_BYTES + 1),
            "\u00fc".repeat(Limits.MAX_PARTITION_KEY_BYTES / 2) + "k",
            "\ud83d",
            "\ude80\ud83d",
            "a\ud800b");

    private Texts() {}
}
