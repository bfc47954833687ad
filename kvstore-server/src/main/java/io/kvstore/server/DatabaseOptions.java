package io.kvstore.server;

import io.kvstore.database.DatabaseSettings;
import io.kvstore.database.ResourceDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which database a command works on: the server's own settings, read as the server reads them. */
final class DatabaseOptions {

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description =
                    "jdbc:postgresql://HOST/DATABASE or jdbc:h2:file:/PATH (default: the file ./kvstore-resources);"
                            + " environment: KV_DATABASE_URL")
    @Nullable
    String url;

    @Option(
            names = "--database-user",
            paramLabel = "NAME",
            description = "user of the database; environment: KV_DATABASE_USER")
    @Nullable
    String user;

    @Option(
            names = "--database-password-file",
            paramLabel = "FILE",
            description = "file with the user's password; environment: KV_DATABASE_PASSWORD_FILE")
    @Nullable
    String passwordFile;

    @Option(names = "--config", paramLabel = "FILE", description = "the server's configuration file")
    @Nullable
    Path config;

    @Option(names = "--json", description = "print JSON")
    boolean json;

    /** Of a database that is not there none is made, as a wrong address would make one. */
    ResourceDatabase open(Map<String, String> environment) throws SQLException {
        return ResourceDatabase.openExisting(database(environment));
    }

    /** One that is not there is made. */
    ResourceDatabase openOrMake(Map<String, String> environment) throws SQLException {
        return ResourceDatabase.open(database(environment));
    }

    private DatabaseSettings database(Map<String, String> environment) {
        return AccountSettings.database(settings(environment, Map.of()));
    }

    /**
     * What is set, and where: as the server reads it.
     *
     * @param more flags of the command line
     */
    Settings settings(Map<String, String> environment, Map<Flag, String> more) {
        Map<Flag, String> flags = new EnumMap<>(Flag.class);
        flags.putAll(more);
        put(flags, Flag.DATABASE_URL, url);
        put(flags, Flag.DATABASE_USER, user);
        put(flags, Flag.DATABASE_PASSWORD_FILE, passwordFile);
        return Settings.merge(
                flags,
                environment,
                config == null ? Map.of() : Settings.readFile(config, "--config"),
                config == null ? "" : config.toString());
    }

    private static void put(Map<Flag, String> flags, Flag flag, @Nullable String value) {
        if (value != null) {
            flags.put(flag, value);
        }
    }
}
