package io.kvstore.server;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Adds a resource. */
@Command(
        name = "add",
        description = "Adds a resource. A caller that is new gets a token, which is printed now and never again.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceAddCommand extends ResourceCommand {

    static final int MAX_CALLERS = 256;

    @Mixin
    AccountOptions where = new AccountOptions();

    @Option(names = "--caller", paramLabel = "NAME", description = "who may use it; everybody unless one is named")
    List<String> callers = List.of();

    @Option(
            names = "--max-calls",
            paramLabel = "N",
            description =
                    "calls under way at a time in each process of a server, of all callers (default: 0, no limit)")
    int maxCalls;

    @Option(names = "--disabled", description = "known to nobody until it is enabled")
    boolean disabled;

    @Override
    public Integer call() throws SQLException, IOException {
        ResourceEntry entry = entry();
        Optional<Map<String, CallerToken>> tokens;
        try (ResourceDatabase database = options.openOrMake(resources.environment())) {
            tokens = database.add(entry);
        }
        if (tokens.isEmpty()) {
            return cannot("there is a resource '" + name + "' already; update changes it");
        }
        print("added", entry, tokens.get());
        return 0;
    }

    private ResourceEntry entry() {
        if (callers.size() > MAX_CALLERS) {
            throw AccountOptions.bad("--caller", callers.size() + " of them", "at most " + MAX_CALLERS);
        }
        AccountOptions.checkCallers(callers);
        if (maxCalls < 0) {
            throw AccountOptions.bad("--max-calls", maxCalls, "0 or more");
        }
        try {
            return new ResourceEntry(
                    name,
                    accounts(where, new RegionalAccounts("", Map.of())),
                    new TreeSet<>(callers),
                    maxCalls,
                    !disabled);
        } catch (IllegalArgumentException | KVStoreException e) {
            throw new BadSetting(OneLine.of(String.valueOf(e.getMessage())));
        }
    }
}
