package io.kvstore.bench;

import java.util.ArrayList;
import java.util.List;

/** What a server is told: what a person said, and what we say of the rest. */
final class ServerArguments {

    private final List<String> given;
    private final List<String> all;

    /** @param given by a person */
    ServerArguments(List<String> given) {
        this(List.copyOf(given), List.copyOf(given));
    }

    private ServerArguments(List<String> given, List<String> all) {
        this.given = given;
        this.all = all;
    }

    /** Whether a person said something of {@code flag}. */
    boolean isGiven(String flag) {
        return given.stream().anyMatch(argument -> argument.equals(flag) || argument.startsWith(flag + "="));
    }

    /** These and {@code flag}, with its value if it takes one, unless a person said something of it. */
    ServerArguments unlessGiven(String flag, String... value) {
        if (isGiven(flag)) {
            return this;
        }
        List<String> more = new ArrayList<>(all);
        more.add(flag);
        more.addAll(List.of(value));
        return new ServerArguments(given, List.copyOf(more));
    }

    List<String> toList() {
        return all;
    }

    @Override
    public String toString() {
        return String.join(" ", all);
    }
}
