package io.kvstore.server;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kvstore-server resources ...}: sees and changes the database of resources from a shell. */
@Command(
        name = "resources",
        description =
                "Sees and changes the database of resources, whether or not a server uses it meanwhile. A server sees a"
                        + " change within 30 seconds.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ResourceListCommand.class,
            ResourceShowCommand.class,
            ResourceAddCommand.class,
            ResourceUpdateCommand.class,
            ResourceRemoveCommand.class
        },
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourcesCommand {

    static final String EXIT_CODES =
            "Exit codes: 0 done; 1 there is no such resource, or there is one already, or the database cannot be used; 2 bad"
                    + " usage.";

    static final int CANNOT = 1;
    static final int BAD_USAGE = 2;

    private final Map<String, String> environment;

    private ResourcesCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Runs one command; its exit code. */
    static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        Logging.configure(ServerConfig.LogLevel.ERROR, false);
        CommandLine commandLine = new CommandLine(new ResourcesCommand(environment));
        commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        commandLine.setCommandName(Program.NAME + " resources");
        UsageText.apply(commandLine);
        commandLine.setParameterExceptionHandler((failure, arguments) -> {
            err.println(Program.NAME + " resources: " + OneLine.of(String.valueOf(failure.getMessage())));
            err.print(UsageText.synopsis(failure.getCommandLine()) + "--help says more." + System.lineSeparator());
            return BAD_USAGE;
        });
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (!(failure instanceof BadSetting || failure instanceof SQLException)) {
                throw failure;
            }
            err.println(Program.NAME + " resources: " + OneLine.of(String.valueOf(failure.getMessage())));
            return failure instanceof BadSetting ? BAD_USAGE : CANNOT;
        });
        if (args.length == 0) {
            err.print(commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF));
            return BAD_USAGE;
        }
        int exit = commandLine.execute(args);
        commandLine.getOut().flush();
        // A stream of this kind keeps to itself that a disk is full.
        if (out.checkError()) {
            err.println(
                    Program.NAME + " resources: not all of what belongs to stdout could be written there, such as a new"
                            + " token; what was asked for is done all the same");
            return CANNOT;
        }
        return exit;
    }
}
