package io.kvstore.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The database itself, through a small pool of connections. Its methods block, each within bounded time: they are for tools
 * and for {@link DatabaseResources}, which has threads of its own for them.
 *
 * <p>Threading: safe for many threads. All reads and changes of one method are one transaction.
 */
public final class ResourceDatabase implements AutoCloseable {

    /** One for each thread of {@link DatabaseResources}, and one to spare. */
    private static final int MAX_CONNECTIONS = DatabaseThreads.THREADS + 1;

    private static final int CONNECT_MILLIS = 3_000;
    private static final int VALIDATION_MILLIS = 1_000;
    private static final int SOCKET_SECONDS = 5;
    private static final int PAGE_NAMES = 1_000;
    private static final int MAX_NAMES = 100_000;
    private static final String MIGRATIONS = "classpath:io/kvstore/database/migrations";

    private final HikariDataSource pool;
    private final SecureRandom random = new SecureRandom();

    private ResourceDatabase(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Who is there. */
    record KnownNames(Set<String> resources, Set<String> callers) {}

    /** What one transaction does. */
    @FunctionalInterface
    interface Work<T> {
        T on(ResourceTable table) throws SQLException;
    }

    /**
     * Connects, and brings the tables to this version's; a file that is not there is made.
     *
     * @throws SQLException when that can't be done, with a message that names the database and no secret
     */
    public static ResourceDatabase open(DatabaseSettings settings) throws SQLException {
        return open(settings, true);
    }

    /**
     * Connects to a database that is there, and makes nothing, neither file nor table.
     *
     * @throws SQLException when there is none, or as {@link #open} does
     */
    public static ResourceDatabase openExisting(DatabaseSettings settings) throws SQLException {
        Optional<Path> missing = settings.missingFile();
        if (missing.isPresent()) {
            throw new SQLException(
                    "there is no database of resources in " + missing.get() + " (expected: the file of one"
                            + " that a server or 'resources add' made; --database-url names another)");
        }
        return open(settings, false);
    }

    private static ResourceDatabase open(DatabaseSettings settings, boolean mayMake) throws SQLException {
        if (settings.isH2() && System.getProperty("h2.bindAddress") == null) {
            // A file that processes share is served over TCP, by default to the whole network.
            System.setProperty("h2.bindAddress", "127.0.0.1");
        }
        HikariDataSource pool = null;
        try {
            DatabaseSettings complete = settings.withPassword();
            pool = new HikariDataSource(config(mayMake ? complete : complete.ofExisting()));
            Flyway flyway =
                    Flyway.configure().dataSource(pool).locations(MIGRATIONS).load();
            if (mayMake) {
                migrate(flyway);
            } else {
                refuseOthers(flyway);
            }
            return new ResourceDatabase(pool);
        } catch (IOException | PoolInitializationException | FlywayException | SQLException e) {
            if (pool != null) {
                pool.close();
            }
            throw new SQLException("cannot use " + settings + ": " + reason(e), e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied: " + cause.getMessage();
        }
        if (cause instanceof NoSuchFileException) {
            return "no such file or directory: " + cause.getMessage();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("for no known reason");
    }

    private static HikariConfig config(DatabaseSettings settings) throws IOException {
        HikariConfig config = new HikariConfig();
        config.setPoolName("kvstore-database");
        config.setJdbcUrl(settings.url());
        if (settings.passwordFile().isPresent()) {
            config.setCredentialsProvider(
                    PasswordFile.of(settings, settings.passwordFile().get()));
        } else {
            config.setUsername(settings.user());
            config.setPassword(settings.password());
        }
        config.setMaximumPoolSize(MAX_CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setValidationTimeout(VALIDATION_MILLIS);
        config.setAutoCommit(false);
        // What a method reads fits together, whoever changes it meanwhile.
        config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
        if (!settings.isH2()) {
            // A database that is frozen holds no thread for longer. As text: the driver takes no notice of numbers.
            config.addDataSourceProperty("loginTimeout", Integer.toString(CONNECT_MILLIS / 1_000));
            config.addDataSourceProperty("connectTimeout", Integer.toString(CONNECT_MILLIS / 1_000));
            config.addDataSourceProperty("socketTimeout", Integer.toString(SOCKET_SECONDS));
            config.addDataSourceProperty("tcpKeepAlive", "true");
            config.addDataSourceProperty("ApplicationName", "kvstore");
        }
        return config;
    }

    private static void migrate(Flyway flyway) {
        // A server whose tables are as they should be needs no right to change them.
        if (flyway.info().pending().length > 0) {
            flyway.migrate();
        } else {
            flyway.validate();
        }
    }

    private static void refuseOthers(Flyway flyway) throws SQLException {
        if (flyway.info().current() == null) {
            throw new SQLException("it has no table of resources (expected: a database that a server or 'resources add'"
                    + " prepared; --database-url names another)");
        }
        if (flyway.info().pending().length > 0) {
            throw new SQLException("its tables are those of an earlier version (expected: a server of this version, or"
                    + " 'resources add', to have changed them)");
        }
        flyway.validate();
    }

    <T> T transaction(Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            T result;
            try {
                result = work.on(new ResourceTable(connection));
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
            return result;
        }
    }

    /** Up to {@code limit} resources behind the one named {@code after} in the order of their names; "" for the first. */
    public List<ListedResource> list(String after, int limit) throws SQLException {
        return transaction(table -> {
            List<ListedResource> entries = new ArrayList<>();
            for (String name : table.names(after, limit)) {
                listed(table, name).ifPresent(entries::add);
            }
            return entries;
        });
    }

    private static Optional<ListedResource> listed(ResourceTable table, String name) throws SQLException {
        try {
            return table.find(name).map(entry -> new ListedResource(name, Optional.of(entry), ""));
        } catch (IllegalArgumentException | KVStoreException e) { // what somebody wrote by hand hides no other
            return Optional.of(new ListedResource(name, Optional.empty(), String.valueOf(e.getMessage())));
        }
    }

    /** All resources' names, and all callers', as far as a server remembers so many. */
    static Optional<KnownNames> names(ResourceTable table) throws SQLException {
        return Optional.of(new KnownNames(all(table::names), all(table::callerNames)));
    }

    /** Reads the names behind one. */
    private interface Pages {
        List<String> after(String name, int limit) throws SQLException;
    }

    private static Set<String> all(Pages pages) throws SQLException {
        Set<String> names = new HashSet<>();
        List<String> page = pages.after("", PAGE_NAMES);
        while (!page.isEmpty() && names.size() < MAX_NAMES) {
            names.addAll(page);
            page = pages.after(page.get(page.size() - 1), PAGE_NAMES);
        }
        return names;
    }

    public Optional<ResourceEntry> find(String name) throws SQLException {
        return transaction(table -> table.find(name));
    }

    /**
     * Adds a resource, and the callers that are not there yet.
     *
     * @return the tokens of the new callers, by name: they can't be had again; empty when there is such a resource already
     */
    public Optional<Map<String, CallerToken>> add(ResourceEntry entry) throws SQLException {
        return transaction(table -> {
            if (table.find(entry.name()).isPresent()) {
                return Optional.empty();
            }
            Map<String, CallerToken> tokens = addCallers(table, entry);
            table.insert(entry);
            return Optional.of(tokens);
        });
    }

    private Map<String, CallerToken> addCallers(ResourceTable table, ResourceEntry entry) throws SQLException {
        Map<String, CallerToken> tokens = new TreeMap<>();
        for (String caller : entry.callers()) {
            if (table.caller(caller).isEmpty()) {
                CallerToken token = Caller.newToken(caller, random);
                table.insertCaller(caller, token.sha256());
                tokens.put(caller, token);
            }
        }
        return tokens;
    }

    /**
     * Changes a resource; callers that may use nothing any more are removed.
     *
     * @param change is given the entry as it is, answers one of the same name
     * @return the tokens of the new callers, by name: they can't be had again; empty when there is no such resource
     */
    public Optional<Map<String, CallerToken>> update(String name, UnaryOperator<ResourceEntry> change)
            throws SQLException {
        return transaction(table -> {
            Optional<ResourceEntry> before = table.find(name);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            ResourceEntry after = change.apply(before.get());
            if (!after.name().equals(name)) {
                throw new IllegalArgumentException("name: '" + after.name() + "' (expected: '" + name + "')");
            }
            Map<String, CallerToken> tokens = addCallers(table, after);
            table.update(after);
            table.deleteIdleCallers();
            return Optional.of(tokens);
        });
    }

    /** Removes a resource, and the callers that may use nothing any more; false when there is no such resource. */
    public boolean remove(String name) throws SQLException {
        return transaction(table -> {
            boolean removed = table.delete(name);
            if (removed) {
                table.deleteIdleCallers();
            }
            return removed;
        });
    }

    @Override
    public void close() {
        pool.close();
    }
}
