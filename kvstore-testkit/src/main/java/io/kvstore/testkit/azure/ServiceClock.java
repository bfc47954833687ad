package io.kvstore.testkit.azure;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Supplier;

/** The time as headers say it, wrong by as much as a test asks for. */
final class ServiceClock {

    private static final DateTimeFormatter RFC_1123 = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final Supplier<Instant> time;
    private volatile Duration skew = Duration.ZERO;
    private volatile Tick last = new Tick(Long.MIN_VALUE, "");

    /** Formatting costs more than the rest of an answer, and changes once a second. */
    private record Tick(long second, String text) {}

    ServiceClock(Supplier<Instant> time) {
        this.time = time;
    }

    void skew(Duration wrongBy) {
        skew = wrongBy;
    }

    String now() {
        Instant now = time.get().plus(skew);
        Tick tick = last;
        if (tick.second != now.getEpochSecond()) {
            tick = new Tick(now.getEpochSecond(), RFC_1123.format(now));
            last = tick;
        }
        return tick.text;
    }
}
