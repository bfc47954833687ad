package io.kvstore.server;

import io.kvstore.database.ResourceDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Removes a resource. */
@Command(
        name = "remove",
        description = "Removes a resource, and the callers that may use nothing any more. What is stored stays stored.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceRemoveCommand implements Callable<Integer> {

    @ParentCommand
    ResourcesCommand resources;

    @Mixin
    DatabaseOptions options = new DatabaseOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "the resource's name")
    String name = "";

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    ResourceRemoveCommand() {}

    @Override
    public Integer call() throws SQLException, IOException {
        boolean removed;
        try (ResourceDatabase database = options.open(resources.environment())) {
            removed = database.remove(name);
        }
        if (!removed) {
            spec.commandLine()
                    .getErr()
                    .println("kvstore-server resources: there is no resource '" + OneLine.of(name) + "'");
            return ResourcesCommand.CANNOT;
        }
        if (options.json) {
            ResourceJson.write(spec.commandLine().getOut(), json -> {
                json.writeStartObject();
                json.writeStringField("removed", name);
                json.writeEndObject();
            });
        } else {
            spec.commandLine().getOut().println("removed " + name);
        }
        return 0;
    }
}
