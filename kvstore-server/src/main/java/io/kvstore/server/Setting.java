package io.kvstore.server;

/**
 * A value somebody set, and where, so that an error can say what to correct.
 *
 * @param source as a person would name it: {@code --port}, {@code KV_PORT}, {@code kvstore.properties: port}
 */
record Setting(String value, String source) {

    /** The refusal of this value. */
    BadSetting refused(String expected) {
        return new BadSetting(source + ": '" + OneLine.of(value) + "' (expected: " + expected + ")");
    }
}
