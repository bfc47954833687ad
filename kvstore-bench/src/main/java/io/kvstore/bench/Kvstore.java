package io.kvstore.bench;

import io.kvstore.bench.load.QuietLogs;
import io.kvstore.server.UsageText;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of {@code ./kvstore}, but for {@code serve}, which is a program of its own. */
@Command(
        name = "kvstore",
        description = "Tries, proves and inspects a kvstore.",
        mixinStandardHelpOptions = true,
        versionProvider = Kvstore.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            ReplayCommand.class,
            BenchCommand.class,
            LookupCommand.class,
            ReadCommand.class,
            WriteCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 found, or everything right; 1 not stored, or something was wrong; 2 bad usage; 3 failure."
        })
public final class Kvstore {

    private Kvstore() {}

    /** Runs one command. */
    public static void main(String... args) {
        QuietLogs.set();
        System.exit(run(System.out, System.err, args));
    }

    /** Runs one command; its exit code. */
    static int run(PrintStream out, PrintStream err, String... args) {
        CommandLine commandLine = new CommandLine(new Kvstore());
        commandLine.registerConverter(Stores.Backend.class, new LowerCaseConverter<>(Stores.Backend.class));
        commandLine.registerConverter(StorageProcess.Kind.class, new LowerCaseConverter<>(StorageProcess.Kind.class));
        commandLine.setOut(new java.io.PrintWriter(out, true, java.nio.charset.StandardCharsets.UTF_8));
        commandLine.setErr(new java.io.PrintWriter(err, true, java.nio.charset.StandardCharsets.UTF_8));
        commandLine.setParameterExceptionHandler((exception, arguments) -> {
            CommandLine failed = exception.getCommandLine();
            String name = failed.getCommandSpec().qualifiedName();
            err.println(name + ": " + exception.getMessage());
            err.print(UsageText.synopsis(failed) + "./" + name + " --help says more." + System.lineSeparator());
            return Exit.USAGE;
        });
        commandLine.setExecutionExceptionHandler((exception, failed, parsed) -> {
            err.println(
                    "kvstore " + failed.getCommandName() + ": " + Failures.message(exception, failed.getCommandSpec()));
            return Failures.exitCode(exception);
        });
        UsageText.apply(commandLine);
        if (args.length == 0) {
            err.print(commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF));
            return Exit.USAGE;
        }
        int exit = commandLine.execute(args);
        commandLine.getOut().flush();
        // A stream of this kind keeps to itself that a disk is full.
        if (out.checkError()) {
            err.println("kvstore: not all of what belongs to stdout could be written there");
            return Exit.FAILURE;
        }
        return exit;
    }

    /** Answers {@code --version}. */
    static final class Version implements CommandLine.IVersionProvider {

        Version() {}

        @Override
        public String[] getVersion() {
            String version = Kvstore.class.getPackage().getImplementationVersion();
            return new String[] {"kvstore " + (version == null ? "(development)" : version)};
        }
    }
}
