package io.kvstore.azure;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Where a listing goes on: in which account, and after which of its pages.
 *
 * @param marker Azure's continuation token, "" for the account's first page
 */
record ListToken(StorageAccount account, String marker) {

    private static final int MAX_CHARS = 4_096;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    /** The place that {@code from} names among those accounts, which are in a fixed order. */
    static ListToken parse(Optional<String> from, List<StorageAccount> accounts) {
        if (from.isEmpty()) {
            return new ListToken(accounts.get(0), "");
        }
        String[] parts =
                from.get().length() > MAX_CHARS ? new String[0] : from.get().split("\\.", -1);
        if (parts.length == 2) {
            try {
                String name = decoded(parts[0]);
                String marker = decoded(parts[1]);
                for (StorageAccount account : accounts) {
                    if (account.name().equals(name)) {
                        return new ListToken(account, marker);
                    }
                }
            } catch (IllegalArgumentException notOurs) {
                // Refused below, like an account that the resource does not have.
            }
        }
        throw refused();
    }

    static KVStoreException refused() {
        return new KVStoreException(Reason.INVALID_ARGUMENT, "the listing has no such page");
    }

    /** The page after this one. */
    Optional<String> next(String nextMarker, List<StorageAccount> accounts) {
        if (!nextMarker.isEmpty()) {
            return Optional.of(encoded(account.name()) + "." + encoded(nextMarker));
        }
        int following = accounts.indexOf(account) + 1;
        return following < accounts.size()
                ? Optional.of(encoded(accounts.get(following).name()) + ".")
                : Optional.empty();
    }

    private static String encoded(String text) {
        return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text) {
        return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    }
}
