package io.kvstore.database;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.StoreId;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What the database has of a resource.
 *
 * @param name as clients send it
 * @param accounts where its chunks are kept; may be none where only access is decided
 * @param callers who may use it
 * @param openToAll whether everybody may, as long as it has no callers; with neither, nobody may
 * @param maxCalls calls under way at a time, 0 for no limit
 * @param enabled a resource that is not is unknown to everybody
 */
public record ResourceEntry(
        String name,
        RegionalAccounts accounts,
        SortedSet<String> callers,
        boolean openToAll,
        int maxCalls,
        boolean enabled) {

    private static final Pattern CALLER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

    /**
     * Checks the names.
     *
     * @throws RuntimeException that says which field breaks which rule
     */
    public ResourceEntry {
        StoreId.checkedResource(name);
        callers = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(callers));
        callers.forEach(ResourceEntry::checkedCaller);
        if (maxCalls < 0) {
            throw new IllegalArgumentException("maxCalls: " + maxCalls + " (expected: 0 or more)");
        }
    }

    /** A resource of those callers, or of everybody when there is none. */
    public ResourceEntry(
            String name, RegionalAccounts accounts, SortedSet<String> callers, int maxCalls, boolean enabled) {
        this(name, accounts, callers, callers.isEmpty(), maxCalls, enabled);
    }

    /** Returns {@code name} when it can name a caller: 1-63 of A-Z a-z 0-9 - _ starting with a letter or digit. */
    public static String checkedCaller(String name) {
        if (!isCaller(name)) {
            throw new IllegalArgumentException(
                    "caller: expected 1-63 of A-Z a-z 0-9 - _ starting with a letter or digit");
        }
        return name;
    }

    static boolean isCaller(String name) {
        return CALLER.matcher(name).matches();
    }

    boolean isOpen() {
        return openToAll && callers.isEmpty();
    }
}
