package io.kvstore.server;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them: 500ms, 20s, 2m; a bare number is seconds. */
final class TimeSpan {

    static final String FORM = "a time such as 500ms, 20s or 2m, at most one day; a number alone is seconds";

    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

    private TimeSpan() {}

    static Duration parse(Setting setting) {
        Matcher span = SPAN.matcher(setting.value().trim().toLowerCase(Locale.ROOT));
        if (!span.matches()) {
            throw setting.refused(FORM);
        }
        long number = Long.parseLong(span.group(1));
        Duration time = switch (span.group(2) == null ? "s" : span.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
        if (time.compareTo(Duration.ofDays(1)) > 0) {
            throw setting.refused(FORM);
        }
        return time;
    }
}
