package io.kvstore.server;

import io.kvstore.database.ListedResource;
import io.kvstore.database.ResourceDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** All resources. */
@Command(
        name = "list",
        description = "Lists all resources in the order of their names, also those that servers cannot use.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceListCommand implements Callable<Integer> {

    private static final int PAGE = 500;

    @ParentCommand
    ResourcesCommand resources;

    @Mixin
    DatabaseOptions options = new DatabaseOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    ResourceListCommand() {}

    @Override
    public Integer call() throws SQLException, IOException {
        PrintWriter out = spec.commandLine().getOut();
        List<ListedResource> all = new ArrayList<>();
        try (ResourceDatabase database = options.open(resources.environment())) {
            List<ListedResource> page = database.list("", PAGE);
            while (!page.isEmpty()) {
                all.addAll(page);
                page = database.list(page.get(page.size() - 1).name(), PAGE);
            }
        }
        if (options.json) {
            ResourceJson.write(out, json -> {
                json.writeStartArray();
                for (ListedResource resource : all) {
                    ResourceJson.listed(json, resource);
                }
                json.writeEndArray();
            });
        } else {
            ResourceTableText.print(out, all);
        }
        return 0;
    }
}
