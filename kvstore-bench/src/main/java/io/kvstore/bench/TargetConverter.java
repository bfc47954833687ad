package io.kvstore.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The address of a server; a name without a port would be looked for at the port of HTTPS. */
final class TargetConverter implements ITypeConverter<String> {

    private static final int MAX_PORT = 65_535;

    TargetConverter() {}

    @Override
    public String convert(String value) {
        if (!value.matches(".+:\\d{1,5}") || !isPort(value.substring(value.lastIndexOf(':') + 1))) {
            throw new TypeConversionException("'" + value + "' (expected: HOST:PORT)");
        }
        return value;
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port >= 1 && port <= MAX_PORT;
    }
}
