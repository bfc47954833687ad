package io.kvstore.bench;

import io.kvstore.api.TokenBlocks;
import java.util.HashMap;
import java.util.Map;

/**
 * What a store that never forgets must answer to prompts, by comparing their tokens one by one: a trie of whole blocks, with
 * no hash of ours in it, so that it shares no code with what it checks.
 */
final class PrefixModel {

    private record Step(int parentNode, TokenBlocks block) {}

    private static final int ROOT = 0;

    private final Map<Step, Integer> nodes = new HashMap<>();

    /** How many blocks from the first on are stored. */
    int hits(TokenBlocks tokens) {
        int node = ROOT;
        for (int i = 0; i < tokens.blockCount(); i++) {
            Integer next = nodes.get(new Step(node, tokens.block(i)));
            if (next == null) {
                return i;
            }
            node = next;
        }
        return tokens.blockCount();
    }

    /** All blocks of the prompt are stored now. */
    void store(TokenBlocks tokens) {
        int node = ROOT;
        for (int i = 0; i < tokens.blockCount(); i++) {
            int fresh = nodes.size() + 1;
            Integer known = nodes.putIfAbsent(new Step(node, tokens.block(i)), fresh);
            node = known == null ? fresh : known;
        }
    }

    /** Blocks stored. */
    int distinctBlocks() {
        return nodes.size();
    }
}
