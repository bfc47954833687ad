package io.kvstore.server;

import io.kvstore.database.ResourceDatabase;
import java.io.IOException;
import java.sql.SQLException;
import picocli.CommandLine.Command;

/** Removes a resource. */
@Command(
        name = "remove",
        description = "Removes a resource, and the callers that may use nothing any more. What is stored stays stored.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceRemoveCommand extends ResourceCommand {

    @Override
    public Integer call() throws SQLException, IOException {
        try (ResourceDatabase database = open()) {
            if (!database.remove(name)) {
                return notThere();
            }
        }
        if (options.json) {
            ResourceJson.write(out(), json -> {
                json.writeStartObject();
                json.writeStringField("removed", name);
                json.writeEndObject();
            });
        } else {
            out().println("removed " + name);
        }
        return 0;
    }
}
