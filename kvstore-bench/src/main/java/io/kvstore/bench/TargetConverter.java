package io.kvstore.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The address of a server; a name without a port would be looked for at the port of HTTPS. */
final class TargetConverter implements ITypeConverter<String> {

    TargetConverter() {}

    @Override
    public String convert(String value) {
        if (!value.matches(".+:\\d{1,5}")) {
            throw new TypeConversionException("'" + value + "' (expected: HOST:PORT)");
        }
        return value;
    }
}
