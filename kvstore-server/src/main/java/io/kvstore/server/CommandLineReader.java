package io.kvstore.server;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The server's command line: made from the table of {@link Flag}s, read without interpreting a value. */
final class CommandLineReader {

    private static final String CONFIG = "--config";

    private final CommandLine commandLine;

    /** A command line that answers {@code --version} with {@code version}. */
    CommandLineReader(String version) {
        CommandSpec spec = CommandSpec.create()
                .name(Program.NAME)
                .version("kvstore-server " + version)
                .mixinStandardHelpOptions(true);
        spec.usageMessage()
                .description("Serves the KV cache of LLM inference: stores blocks of 128 tokens with their payload and"
                        + " finds the longest stored prefix of a prompt.")
                .footer(
                        "",
                        "A flag beats its environment variable, which beats the configuration file.",
                        "Sizes: 512k, 512m, 4g, 1t (powers of 1,024); a number alone is bytes.",
                        "Times: 500ms, 20s, 2m, 1h, at most one day; a number alone is seconds.",
                        "Exit codes: 0 after an orderly end by SIGTERM or Ctrl-C, 1 when it cannot start or cannot close its"
                                + " data, 2 for a bad flag or value, 143 or 130 when a second SIGTERM or Ctrl-C, half a"
                                + " second after the first or later, ended it before the calls under way.")
                .abbreviateSynopsis(true)
                .sortOptions(false);
        for (Flag flag : Flag.values()) {
            spec.addOption(option(flag));
        }
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(Path.class)
                .description("Java properties file, keys are the flags' names without dashes")
                .build());
        commandLine = new CommandLine(spec);
        UsageText.apply(commandLine);
    }

    private static OptionSpec option(Flag flag) {
        OptionSpec.Builder option = OptionSpec.builder(flag.option()).description(flag.description());
        return flag.isSwitch()
                ? option.arity("0").type(boolean.class).build()
                : option.arity("1")
                        .type(String.class)
                        .paramLabel(flag.valueLabel())
                        .build();
    }

    /**
     * Reads the arguments.
     *
     * @throws BadSetting when there is one that is unknown, given twice or without its value
     */
    ParseResult parse(String... args) {
        try {
            return commandLine.parseArgs(args);
        } catch (CommandLine.ParameterException e) {
            String message = e.getMessage();
            throw new BadSetting(OneLine.of(message == null ? "bad arguments" : message));
        }
    }

    /** The flags that {@code parsed} sets. */
    static Map<Flag, String> flags(ParseResult parsed) {
        Map<Flag, String> flags = new EnumMap<>(Flag.class);
        for (Flag flag : Flag.values()) {
            if (parsed.hasMatchedOption(flag.option())) {
                flags.put(flag, String.valueOf((Object) parsed.matchedOptionValue(flag.option(), "true")));
            }
        }
        return flags;
    }

    static Optional<Path> configFile(ParseResult parsed) {
        return Optional.ofNullable(parsed.matchedOptionValue(CONFIG, (Path) null));
    }

    String usage() {
        return commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    /** The usage without the options, which would push the line that matters off the screen. */
    String synopsis() {
        return UsageText.synopsis(commandLine) + "--help says more." + System.lineSeparator();
    }

    String version() {
        return String.join("", commandLine.getCommandSpec().version());
    }
}
