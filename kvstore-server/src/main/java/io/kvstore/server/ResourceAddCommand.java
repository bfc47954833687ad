package io.kvstore.server;

import io.kvstore.accounts.AccountAddress;
import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Adds a resource. */
@Command(
        name = "add",
        description = "Adds a resource. A caller that is new gets a token, which is printed now and never again.",
        mixinStandardHelpOptions = true,
        footer = {"", ResourcesCommand.EXIT_CODES})
final class ResourceAddCommand implements Callable<Integer> {

    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 -]{0,62}");
    private static final Pattern ACCOUNT = Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9 -]{0,62})=)?(.+)");
    private static final Pattern CREDENTIAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final int MAX_ACCOUNTS = 256;
    private static final int MAX_CALLERS = 256;

    @ParentCommand
    ResourcesCommand resources;

    @Mixin
    DatabaseOptions options = new DatabaseOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "the resource's name, as clients send it")
    String name = "";

    @Option(
            names = "--region",
            paramLabel = "REGION",
            description = "where it is at home: these accounts stand in where a region has none")
    String region = "";

    @Option(
            names = "--account",
            paramLabel = "[REGION=]ACCOUNT",
            description =
                    "a storage account's name or address, of the home region unless another is named; several share the"
                            + " chunks of a region")
    List<String> accounts = List.of();

    @Option(
            names = "--credential",
            paramLabel = "NAME",
            description = "the name under which servers have the accounts' credential (default: the default one)")
    String credential = "";

    @Option(
            names = "--blob-dns-suffix",
            paramLabel = "SUFFIX",
            description = "makes an address of an account's name (default: ${DEFAULT-VALUE})")
    String suffix = ".blob.core.windows.net";

    @Option(names = "--caller", paramLabel = "NAME", description = "who may use it; everybody unless one is named")
    List<String> callers = List.of();

    @Option(
            names = "--max-calls",
            paramLabel = "N",
            description = "calls under way at a time, of all callers together (default: no limit)")
    int maxCalls;

    @Option(names = "--disabled", description = "known to nobody until it is enabled")
    boolean disabled;

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    ResourceAddCommand() {}

    @Override
    public Integer call() throws SQLException, IOException {
        ResourceEntry entry = entry();
        Optional<Map<String, CallerToken>> tokens;
        try (ResourceDatabase database = options.open(resources.environment())) {
            tokens = database.add(entry);
        }
        if (tokens.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("kvstore-server resources: there is a resource '" + name + "' already; remove it first");
            return ResourcesCommand.CANNOT;
        }
        print(entry, tokens.get());
        return 0;
    }

    private void print(ResourceEntry entry, Map<String, CallerToken> tokens) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json) {
            ResourceJson.write(out, json -> {
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
        out.println("added " + name);
        tokens.forEach((caller, token) -> out.println("token of " + caller + ", shown this once: " + token.secret()));
    }

    private ResourceEntry entry() {
        if (!region.isEmpty() && !REGION.matcher(region).matches()) {
            throw bad("--region", "a region such as westeurope");
        }
        if (!credential.isEmpty() && !CREDENTIAL.matcher(credential).matches()) {
            throw bad("--credential", "1-63 of A-Z a-z 0-9 - _ .");
        }
        if (accounts.size() > MAX_ACCOUNTS || callers.size() > MAX_CALLERS) {
            throw new BadSetting("at most " + MAX_ACCOUNTS + " accounts and " + MAX_CALLERS + " callers");
        }
        if (maxCalls < 0) {
            throw bad("--max-calls", "0 or more");
        }
        try {
            RegionalAccounts where = new RegionalAccounts(region, byRegion());
            where.byRegion().values().forEach(of -> new ResourceAccounts(of, true)); // names are distinct
            return new ResourceEntry(name, where, new TreeSet<>(callers), maxCalls, !disabled);
        } catch (IllegalArgumentException | KVStoreException e) {
            throw new BadSetting(OneLine.of(String.valueOf(e.getMessage())));
        }
    }

    private Map<String, List<StorageAccount>> byRegion() {
        Map<String, List<StorageAccount>> regions = new TreeMap<>();
        for (String account : accounts) {
            Matcher parts = ACCOUNT.matcher(account);
            if (!parts.matches()) {
                throw bad("--account", "[REGION=]NAME or [REGION=]https://ADDRESS");
            }
            String in = parts.group(1) == null ? region : parts.group(1);
            if (in.isEmpty()) {
                throw bad("--account", "--region with it, or REGION= in front");
            }
            try {
                regions.computeIfAbsent(RegionalAccounts.normalized(in), first -> new ArrayList<>())
                        .add(AccountAddress.parse(parts.group(2), AccountAddress.withSuffix(suffix), credential));
            } catch (IllegalArgumentException e) {
                throw new BadSetting("--account: " + e.getMessage());
            }
        }
        return regions;
    }

    private static BadSetting bad(String option, String expected) {
        return new BadSetting(option + ": expected " + expected);
    }
}
