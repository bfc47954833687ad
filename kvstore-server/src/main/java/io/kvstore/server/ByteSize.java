package io.kvstore.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: 65536, 512k, 512m, 4g, 1t, in powers of 1,024. */
final class ByteSize {

    static final String FORM = "a size such as 512m or 4g; a number alone is bytes";

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([kmgt]?)b?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "kmgt";

    private ByteSize() {}

    static long parse(Setting setting) {
        Matcher size = SIZE.matcher(setting.value().trim());
        if (!size.matches()) {
            throw setting.refused(FORM);
        }
        String unit = size.group(2).toLowerCase(java.util.Locale.ROOT);
        int shift = unit.isEmpty() ? 0 : 10 * (1 + UNITS.indexOf(unit));
        long number = Long.parseLong(size.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw setting.refused("a size below 8388608t");
        }
        return number << shift;
    }

    /** The size in the largest unit that divides it: {@code 4g}. */
    static String format(long bytes) {
        int unit = 0;
        long number = bytes;
        while (unit < UNITS.length() && number > 0 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : number + UNITS.substring(unit - 1, unit);
    }
}
