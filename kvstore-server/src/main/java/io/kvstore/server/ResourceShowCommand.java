package io.kvstore.server;

import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** One resource. */
@Command(
        name = "show",
        description = "Shows one resource. Tokens are not kept and cannot be shown.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceShowCommand implements Callable<Integer> {

    @ParentCommand
    ResourcesCommand resources;

    @Mixin
    DatabaseOptions options = new DatabaseOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "the resource's name")
    String name = "";

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    ResourceShowCommand() {}

    @Override
    public Integer call() throws SQLException, IOException {
        Optional<ResourceEntry> found;
        try (ResourceDatabase database = options.open(resources.environment())) {
            found = database.find(name);
        }
        if (found.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("kvstore-server resources: there is no resource '" + OneLine.of(name) + "'");
            return ResourcesCommand.CANNOT;
        }
        PrintWriter out = spec.commandLine().getOut();
        if (options.json) {
            ResourceJson.write(out, json -> ResourceJson.entry(json, found.get()));
        } else {
            ResourceTableText.print(out, found.get());
        }
        return 0;
    }
}
