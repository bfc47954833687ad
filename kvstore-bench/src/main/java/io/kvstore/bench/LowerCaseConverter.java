package io.kvstore.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The constants of an enum by their names in lower case, as a person at a shell writes them. */
final class LowerCaseConverter<E extends Enum<E>> implements ITypeConverter<E> {

    private final Class<E> type;

    LowerCaseConverter(Class<E> type) {
        this.type = type;
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public E convert(String value) {
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(value)) {
                return constant;
            }
        }
        List<String> names = Arrays.stream(type.getEnumConstants())
                .map(LowerCaseConverter::name)
                .toList();
        int last = names.size() - 1;
        throw new TypeConversionException("'" + value + "' (expected: " + String.join(", ", names.subList(0, last))
                + " or " + names.get(last) + ")");
    }
}
