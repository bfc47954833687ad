package io.kvstore.azure;

import io.kvstore.api.StorageAccount;
import io.kvstore.spi.BlobKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Which of a resource's accounts keeps a blob: the one with the highest score for it (rendezvous hashing, Thaler and
 * Ravishankar 1998). One more account takes its share from each of the others and moves nothing else.
 *
 * <p>The scores decide where chunks are looked for: a change of this class loses every chunk of resources with several
 * accounts.
 */
final class AccountChoice {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private AccountChoice() {}

    /** The account of that blob; the order of {@code accounts} does not matter. */
    static StorageAccount of(List<StorageAccount> accounts, BlobKey key) {
        StorageAccount best = accounts.get(0);
        if (accounts.size() == 1) {
            return best;
        }
        long bestScore = score(best, key);
        for (StorageAccount account : accounts.subList(1, accounts.size())) {
            long score = score(account, key);
            int order = Long.compareUnsigned(score, bestScore);
            if (order > 0 || (order == 0 && account.name().compareTo(best.name()) > 0)) {
                best = account;
                bestScore = score;
            }
        }
        return best;
    }

    /** FNV-1a of the name, mixed with the key's digest by the finalizer of MurmurHash3. */
    private static long score(StorageAccount account, BlobKey key) {
        long hash = FNV_OFFSET;
        for (byte b : account.name().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ Byte.toUnsignedLong(b)) * FNV_PRIME;
        }
        hash ^= key.digest1();
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
