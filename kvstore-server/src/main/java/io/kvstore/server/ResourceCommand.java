package io.kvstore.server;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.CallerToken;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all commands on one resource have. */
abstract class ResourceCommand implements Callable<Integer> {

    @ParentCommand
    ResourcesCommand resources;

    @Mixin
    DatabaseOptions options = new DatabaseOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "the resource's name, as clients send it")
    String name = "";

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    ResourceCommand() {}

    final ResourceDatabase open() throws SQLException {
        return options.open(resources.environment());
    }

    /** What {@code where} says of a resource's accounts, their addresses made as the server makes them. */
    final RegionalAccounts accounts(AccountOptions where, RegionalAccounts before) {
        Settings settings = options.settings(resources.environment(), where.flags());
        return where.after(before, AzureSettings.bareNames(settings));
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Says why nothing was done; the exit code. */
    final int cannot(String why) {
        spec.commandLine().getErr().println(Program.NAME + " resources: " + why);
        return ResourcesCommand.CANNOT;
    }

    final int notThere() {
        return cannot("there is no resource '" + OneLine.of(name) + "'");
    }

    /** Says what was done, and the tokens of new callers, which nobody can show again. */
    final void print(String done, ResourceEntry entry, Map<String, CallerToken> tokens) throws IOException {
        if (options.json) {
            ResourceJson.write(out(), json -> {
                json.writeStartObject();
                json.writeFieldName("resource");
                ResourceJson.entry(json, entry);
                json.writeObjectFieldStart("tokens");
                for (Map.Entry<String, CallerToken> token : tokens.entrySet()) {
                    json.writeStringField(token.getKey(), token.getValue().secret());
                }
                json.writeEndObject();
                json.writeEndObject();
            });
            return;
        }
        out().println(done + " " + name);
        tokens.forEach((caller, token) -> out().println("token of " + caller + ", shown this once: " + token.secret()));
    }
}
