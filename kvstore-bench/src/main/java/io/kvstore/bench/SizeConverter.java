package io.kvstore.bench;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Payload sizes: 64, 512k, 40m, in powers of 1,024, at most what one chunk can carry. */
final class SizeConverter implements ITypeConverter<Integer> {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([km]?)");

    @Override
    public Integer convert(String value) {
        Matcher size = SIZE.matcher(value.toLowerCase(Locale.ROOT));
        if (size.matches()) {
            long bytes = Long.parseLong(size.group(1))
                    << ("k".equals(size.group(2)) ? 10 : "m".equals(size.group(2)) ? 20 : 0);
            if (bytes <= io.kvstore.api.Limits.MAX_PAYLOAD_BYTES) {
                return (int) bytes;
            }
        }
        throw new TypeConversionException(
                "'" + value + "' (expected: a size such as 64, which is bytes, 512k or 40m, at most "
                        + io.kvstore.api.Limits.MAX_PAYLOAD_BYTES + " bytes)");
    }
}
