package io.kvstore.server;

import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import picocli.CommandLine.Command;

/** One resource. */
@Command(
        name = "show",
        description = "Shows one resource. Tokens are not kept and cannot be shown.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceShowCommand extends ResourceCommand {

    @Override
    public Integer call() throws SQLException, IOException {
        Optional<ResourceEntry> found;
        try (ResourceDatabase database = open()) {
            found = database.find(name);
        }
        if (found.isEmpty()) {
            return notThere();
        }
        if (options.json) {
            ResourceJson.write(out(), json -> ResourceJson.entry(json, found.get()));
        } else {
            ResourceTableText.print(out(), found.get());
        }
        return 0;
    }
}
