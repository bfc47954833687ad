package io.kvstore.accounts;

import java.time.Duration;

/**
 * How old an answer from memory can be.
 *
 * @param freshFor an answer of this age is given without asking again; an older one is given too, and asked for again meanwhile
 * @param staleFor an answer of this age waits for a newer one, as long as the source answers: what changes there is seen
 *     within this time
 * @param lastGoodFor how long the last answer serves while the source can't be asked
 * @param unknownFor how long a name that the source does not know is not asked for again
 */
public record Freshness(Duration freshFor, Duration staleFor, Duration lastGoodFor, Duration unknownFor) {

    /** Half a minute, a minute, 12 hours, and 5 seconds for what is not known. */
    public static final Freshness DEFAULT =
            new Freshness(Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofHours(12), Duration.ofSeconds(5));

    public Freshness {
        if (freshFor.isNegative() || unknownFor.isNegative()) {
            throw new IllegalArgumentException("freshness: negative (expected: zero or more)");
        }
        if (freshFor.compareTo(staleFor) > 0 || staleFor.compareTo(lastGoodFor) > 0) {
            throw new IllegalArgumentException("freshness: " + freshFor + ", " + staleFor + ", " + lastGoodFor
                    + " (expected: freshFor <= staleFor <= lastGoodFor)");
        }
    }
}
