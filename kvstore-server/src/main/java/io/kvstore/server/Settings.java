package io.kvstore.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/** What was set, and where: a flag beats the environment, the environment beats the file. */
final class Settings {

    private static final int MAX_FILE_BYTES = 1 << 20;

    /** Some editors put it in front of a text. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final Map<Flag, Setting> byFlag;
    private final Map<String, String> environment;

    private Settings(Map<Flag, Setting> byFlag, Map<String, String> environment) {
        this.byFlag = byFlag;
        this.environment = environment;
    }

    /**
     * Merges the three layers.
     *
     * @param flags what the command line sets
     * @param environment an empty variable counts as not set, as deployment templates leave them
     * @param file keys are the flags' names
     * @param fileName for error messages
     */
    static Settings merge(
            Map<Flag, String> flags, Map<String, String> environment, Map<String, String> file, String fileName) {
        Map<Flag, Setting> merged = new EnumMap<>(Flag.class);
        file.forEach((key, value) -> {
            Flag flag = Flag.ofKey(key)
                    .orElseThrow(() -> new BadSetting(OneLine.of(fileName) + ": unknown key '" + OneLine.of(key)
                            + "' (expected: a flag's name without the dashes, such as port)"));
            merged.put(flag, new Setting(value.trim(), fileName + ": " + key));
        });
        for (Flag flag : Flag.values()) {
            flag.variable().ifPresent(variable -> {
                String value = environment.getOrDefault(variable, "");
                if (!value.isEmpty()) {
                    merged.put(flag, new Setting(value, variable));
                }
            });
        }
        flags.forEach((flag, value) -> merged.put(flag, new Setting(value, flag.option())));
        return new Settings(merged, environment);
    }

    /** Reads a Java properties file in UTF-8; {@code source} named it. */
    static Map<String, String> readFile(Path file, String source) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text(file, source)));
        } catch (CharacterCodingException e) {
            throw unreadable(source, file, "it is not UTF-8");
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(
                    source,
                    file,
                    e instanceof IOException io ? FileFailure.reason(io) : String.valueOf(e.getMessage()));
        }
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }

    // A pipe has no size to ask for, and a device no end.
    private static String text(Path file, String source) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw unreadable(source, file, "it has more than " + ByteSize.format(MAX_FILE_BYTES));
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        }
    }

    private static BadSetting unreadable(String source, Path file, String why) {
        return new BadSetting(source + ": cannot read '" + OneLine.of(file.toString()) + "' (" + OneLine.of(why) + ")");
    }

    Optional<Setting> get(Flag flag) {
        return Optional.ofNullable(byFlag.get(flag));
    }

    /** Whether a switch is on. */
    boolean isOn(Flag flag) {
        return get(flag).map(Settings::parseSwitch).orElse(false);
    }

    /** All variables. */
    Map<String, String> environment() {
        return environment;
    }

    /** A variable that has no flag. */
    Optional<Setting> variable(String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isEmpty())
                .map(value -> new Setting(value, name));
    }

    private static boolean parseSwitch(Setting setting) {
        return switch (setting.value()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw setting.refused("true or false");
        };
    }
}
