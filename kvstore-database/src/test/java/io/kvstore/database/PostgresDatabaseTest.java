package io.kvstore.database;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** On a PostgreSQL of its own, from Maven Central; a build server without one fails, another machine says so and goes on. */
class PostgresDatabaseTest extends DatabaseContract {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static @Nullable EmbeddedPostgres postgres;

    @BeforeAll
    static void start() throws IOException {
        try {
            postgres = EmbeddedPostgres.builder().start();
        } catch (IOException | RuntimeException e) {
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                throw e;
            }
            assumeTrue(false, "no PostgreSQL can be started here, its tests are skipped: " + e);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Override
    DatabaseSettings newDatabase() throws SQLException {
        EmbeddedPostgres running = java.util.Objects.requireNonNull(postgres);
        String name = "test" + DATABASES.incrementAndGet();
        try (Connection connection = running.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return new DatabaseSettings(
                "jdbc:postgresql://localhost:" + running.getPort() + "/" + name, "postgres", "postgres");
    }
}
