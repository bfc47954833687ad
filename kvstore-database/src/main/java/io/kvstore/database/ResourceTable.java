package io.kvstore.database;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.StorageAccount;
import java.net.URI;
import java.net.URISyntaxException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The SQL. Every statement is bounded in time; the transaction is the caller's. */
final class ResourceTable {

    static final int MAX_RESOURCES_OF_CALLER = 10_000;

    private static final int STATEMENT_SECONDS = 2;

    private final Connection connection;

    ResourceTable(Connection connection) {
        this.connection = connection;
    }

    private PreparedStatement prepare(String sql, String... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(STATEMENT_SECONDS);
        for (int i = 0; i < values.length; i++) {
            statement.setString(i + 1, values[i]);
        }
        return statement;
    }

    Optional<ResourceEntry> find(String name) throws SQLException {
        try (PreparedStatement select =
                        prepare("SELECT region, enabled, max_calls, open_to_all FROM resource WHERE name = ?", name);
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            RegionalAccounts accounts = new RegionalAccounts(row.getString(1), accountsOf(name));
            return Optional.of(new ResourceEntry(
                    name, accounts, callersOf(name), row.getBoolean(4), row.getInt(3), row.getBoolean(2)));
        }
    }

    private Map<String, List<StorageAccount>> accountsOf(String resource) throws SQLException {
        Map<String, List<StorageAccount>> regions = new HashMap<>();
        try (PreparedStatement select = prepare(
                        "SELECT region, account, endpoint, credential FROM resource_account WHERE resource = ?"
                                + " ORDER BY account",
                        resource);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                StorageAccount account =
                        new StorageAccount(row.getString(2), endpoint(row.getString(3)), row.getString(4));
                regions.computeIfAbsent(row.getString(1), region -> new ArrayList<>())
                        .add(account);
            }
        }
        return regions;
    }

    private static URI endpoint(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            // Without the text, and not as a cause, whose message has it: somebody may have written a signature into
            // it.
            throw new IllegalArgumentException("an account's endpoint is no address");
        }
    }

    private SortedSet<String> callersOf(String resource) throws SQLException {
        SortedSet<String> callers = new TreeSet<>();
        try (PreparedStatement select = prepare("SELECT caller FROM resource_caller WHERE resource = ?", resource);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                callers.add(row.getString(1));
            }
        }
        return callers;
    }

    /** Up to {@code limit} names of resources behind {@code after}, in their order. */
    List<String> names(String after, int limit) throws SQLException {
        return page("SELECT name FROM resource WHERE name > ? ORDER BY name LIMIT ?", after, limit);
    }

    /** The same of callers. */
    List<String> callerNames(String after, int limit) throws SQLException {
        return page("SELECT name FROM caller WHERE name > ? ORDER BY name LIMIT ?", after, limit);
    }

    private List<String> page(String sql, String after, int limit) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement select = prepare(sql, after)) {
            select.setInt(2, limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
        }
        return names;
    }

    Optional<Caller> caller(String name) throws SQLException {
        try (PreparedStatement select = prepare("SELECT token_sha256 FROM caller WHERE name = ?", name);
                ResultSet row = select.executeQuery()) {
            return row.next() ? Optional.of(new Caller(name, row.getString(1), resourcesOf(name))) : Optional.empty();
        }
    }

    private Set<String> resourcesOf(String caller) throws SQLException {
        Set<String> resources = new HashSet<>();
        try (PreparedStatement select = prepare("SELECT resource FROM resource_caller WHERE caller = ?", caller)) {
            select.setMaxRows(MAX_RESOURCES_OF_CALLER);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    resources.add(row.getString(1));
                }
            }
        }
        return resources;
    }

    /** Whether there is a resource that not everybody may use, or a caller at all. */
    boolean restrictsAnybody() throws SQLException {
        try (PreparedStatement select =
                        prepare("SELECT 1 FROM caller UNION ALL SELECT 1 FROM resource WHERE NOT open_to_all LIMIT 1");
                ResultSet row = select.executeQuery()) {
            return row.next();
        }
    }

    void insert(ResourceEntry entry) throws SQLException {
        try (PreparedStatement insert = prepare(
                "INSERT INTO resource (name, region, max_calls, enabled, open_to_all) VALUES (?, ?, ?, ?, ?)",
                entry.name(),
                entry.accounts().homeRegion())) {
            insert.setInt(3, entry.maxCalls());
            insert.setBoolean(4, entry.enabled());
            insert.setBoolean(5, entry.openToAll());
            insert.executeUpdate();
        }
        insertAccountsAndCallers(entry);
    }

    /** Makes the resource of that name what the entry says. */
    void update(ResourceEntry entry) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE resource SET region = ?, max_calls = ?, enabled = ?, open_to_all = ?,"
                        + " updated_at = CURRENT_TIMESTAMP WHERE name = ?")) {
            update.setQueryTimeout(STATEMENT_SECONDS);
            update.setString(1, entry.accounts().homeRegion());
            update.setInt(2, entry.maxCalls());
            update.setBoolean(3, entry.enabled());
            update.setBoolean(4, entry.openToAll());
            update.setString(5, entry.name());
            update.executeUpdate();
        }
        update("DELETE FROM resource_account WHERE resource = ?", entry.name());
        update("DELETE FROM resource_caller WHERE resource = ?", entry.name());
        insertAccountsAndCallers(entry);
    }

    private void insertAccountsAndCallers(ResourceEntry entry) throws SQLException {
        for (Map.Entry<String, List<StorageAccount>> region :
                entry.accounts().byRegion().entrySet()) {
            for (StorageAccount account : region.getValue()) {
                update(
                        "INSERT INTO resource_account (resource, region, account, endpoint, credential)"
                                + " VALUES (?, ?, ?, ?, ?)",
                        entry.name(),
                        region.getKey(),
                        account.name(),
                        account.endpoint().toString(),
                        account.credential());
            }
        }
        for (String caller : entry.callers()) {
            update("INSERT INTO resource_caller (resource, caller) VALUES (?, ?)", entry.name(), caller);
        }
    }

    void insertCaller(String name, String tokenSha256) throws SQLException {
        update("INSERT INTO caller (name, token_sha256) VALUES (?, ?)", name, tokenSha256);
    }

    boolean delete(String resource) throws SQLException {
        return update("DELETE FROM resource WHERE name = ?", resource) > 0;
    }

    /** Those who may use nothing any more. */
    void deleteIdleCallers() throws SQLException {
        update("DELETE FROM caller WHERE NOT EXISTS"
                + " (SELECT 1 FROM resource_caller WHERE resource_caller.caller = caller.name)");
    }

    private int update(String sql, String... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values)) {
            return statement.executeUpdate();
        }
    }
}
