package io.kvstore.server;

import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes a resource. */
@Command(
        name = "update",
        description = {
            "Changes what is named of a resource; the rest stays. A caller that is new gets a token, which is printed now"
                    + " and never again.",
            "Chunks are not moved: those of an account that is taken away are no longer found."
        },
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceUpdateCommand extends ResourceCommand {

    @Mixin
    AccountOptions where = new AccountOptions();

    @Option(names = "--caller", paramLabel = "NAME", description = "may use it from now on")
    List<String> callers = List.of();

    @Option(
            names = "--remove-caller",
            paramLabel = "NAME",
            description = "may not use it any more; without its last caller nobody may")
    List<String> gone = List.of();

    @Option(names = "--open", description = "everybody may use it: for a resource without callers")
    boolean open;

    @Option(
            names = "--max-calls",
            paramLabel = "N",
            description = "calls under way at a time in each process of a server, of all callers, 0 for no limit")
    @Nullable
    Integer maxCalls;

    @Option(
            names = "--enabled",
            paramLabel = "true|false",
            arity = "1",
            description = "false: known to nobody until it is enabled")
    @Nullable
    Boolean enabled;

    @Override
    public Integer call() throws SQLException, IOException {
        AccountOptions.checkCallers(callers);
        if (maxCalls != null && maxCalls < 0) {
            throw AccountOptions.bad("--max-calls", maxCalls, "0 or more");
        }
        if (where.accounts.isEmpty() && !where.credential.isEmpty()) {
            throw AccountOptions.bad(
                    "--credential", where.credential, "--account with it: all accounts are named anew");
        }
        Optional<Map<String, CallerToken>> tokens;
        Optional<ResourceEntry> after;
        try (ResourceDatabase database = open()) {
            tokens = database.update(name, this::changed);
            after = database.find(name);
        }
        if (tokens.isEmpty() || after.isEmpty()) {
            return notThere();
        }
        print("updated", after.get(), tokens.get());
        return 0;
    }

    private ResourceEntry changed(ResourceEntry before) {
        SortedSet<String> remaining = remainingCallers(before);
        if (open && !remaining.isEmpty()) {
            throw AccountOptions.bad("--open", "with callers", "--remove-caller for each of its callers with it");
        }
        // Said and not inferred: who takes the last caller away does not open it to everybody.
        boolean openToAll = open || (before.openToAll() && before.callers().isEmpty() && remaining.isEmpty());
        try {
            return new ResourceEntry(
                    name,
                    accounts(where, before.accounts()),
                    remaining,
                    openToAll,
                    maxCalls == null ? before.maxCalls() : maxCalls,
                    enabled == null ? before.enabled() : enabled);
        } catch (IllegalArgumentException | KVStoreException e) {
            throw new BadSetting(OneLine.of(String.valueOf(e.getMessage())));
        }
    }

    private SortedSet<String> remainingCallers(ResourceEntry before) {
        TreeSet<String> remaining = new TreeSet<>(before.callers());
        for (String caller : gone) {
            if (!remaining.remove(caller)) {
                throw AccountOptions.bad("--remove-caller", caller, "one of the resource's callers");
            }
        }
        remaining.addAll(callers);
        if (remaining.size() > ResourceAddCommand.MAX_CALLERS) {
            throw AccountOptions.bad(
                    "--caller", remaining.size() + " of them", "at most " + ResourceAddCommand.MAX_CALLERS);
        }
        return remaining;
    }
}
