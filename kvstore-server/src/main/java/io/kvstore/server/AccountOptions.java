package io.kvstore.server;

import io.kvstore.accounts.AccountAddress;
import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.database.ResourceEntry;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a resource's chunks are kept, as {@code add} and {@code update} are told. */
final class AccountOptions {

    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 -]{0,62}");
    private static final Pattern ACCOUNT = Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9 -]{0,62})=)?(.+)");
    private static final Pattern CREDENTIAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]{1,63}");
    private static final int MAX_ACCOUNTS = 256;

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
            description = "the name under which servers have the accounts' credential (default: the one named like the"
                    + " account, else the default one)")
    String credential = "";

    @Option(
            names = "--blob-dns-suffix",
            paramLabel = "SUFFIX",
            description =
                    "makes an address of an account's name, as the server's flag does (default: .blob.core.windows.net);"
                            + " environment: KV_DOMAIN_SUFFIX")
    @Nullable
    String suffix;

    @Option(
            names = "--blob-emulator",
            paramLabel = "URL",
            description =
                    "makes an address of an account's name, as the server's flag does: http://127.0.0.1:10000/ACCOUNT")
    @Nullable
    String emulator;

    /** Those of them that servers have too. */
    Map<Flag, String> flags() {
        Map<Flag, String> flags = new EnumMap<>(Flag.class);
        if (suffix != null) {
            flags.put(Flag.BLOB_DNS_SUFFIX, suffix);
        }
        if (emulator != null) {
            flags.put(Flag.BLOB_EMULATOR, emulator);
        }
        return flags;
    }

    /**
     * What they say; for what they do not say, what there was.
     *
     * @param bareNames what makes an address of an account's name
     * @throws BadSetting on the first that cannot be used
     */
    RegionalAccounts after(RegionalAccounts before, Function<String, URI> bareNames) {
        if (!region.isEmpty() && !REGION.matcher(region).matches()) {
            throw bad("--region", region, "a region such as westeurope");
        }
        if (!credential.isEmpty() && !CREDENTIAL.matcher(credential).matches()) {
            throw bad("--credential", credential, "1-63 of A-Z a-z 0-9 - _ .");
        }
        if (accounts.size() > MAX_ACCOUNTS) {
            throw bad("--account", accounts.size() + " of them", "at most " + MAX_ACCOUNTS);
        }
        String home = region.isEmpty() ? before.homeRegion() : region;
        RegionalAccounts where =
                new RegionalAccounts(home, accounts.isEmpty() ? before.byRegion() : byRegion(home, bareNames));
        where.byRegion().values().forEach(of -> new ResourceAccounts(of, true)); // names are distinct
        return where;
    }

    private Map<String, List<StorageAccount>> byRegion(String home, Function<String, URI> bareNames) {
        Map<String, List<StorageAccount>> regions = new TreeMap<>();
        for (String account : accounts) {
            Matcher parts = ACCOUNT.matcher(account);
            if (!parts.matches()) {
                throw bad(account, "[REGION=]NAME or [REGION=]https://ADDRESS");
            }
            String in = parts.group(1) == null ? home : parts.group(1);
            if (in.isEmpty()) {
                throw bad(account, "--region with it, or REGION= in front");
            }
            try {
                regions.computeIfAbsent(RegionalAccounts.normalized(in), first -> new ArrayList<>())
                        .add(AccountAddress.parse(parts.group(2), bareNames, credential));
            } catch (IllegalArgumentException e) {
                throw bad(parts.group(2), AccountAddress.EXPECTED);
            }
        }
        return regions;
    }

    /** Refuses names that no caller can have. */
    static void checkCallers(List<String> names) {
        for (String name : names) {
            try {
                ResourceEntry.checkedCaller(name);
            } catch (IllegalArgumentException e) {
                throw bad("--caller", name, "1-63 of A-Z a-z 0-9 - _ starting with a letter or digit");
            }
        }
    }

    static BadSetting bad(String option, Object value, String expected) {
        return new Setting(value.toString(), option).refused(expected);
    }

    /** Without what may be a secret: a signature in an address is. */
    private static BadSetting bad(String account, String expected) {
        return PLAIN.matcher(account).matches()
                ? bad("--account", account, expected)
                : new BadSetting("--account: expected " + expected);
    }
}
