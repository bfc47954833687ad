package io.kvstore.database;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.util.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A password in a file that is read again for every connection that is made: one that changed needs no restart. While the file
 * cannot be read the last password counts.
 *
 * <p>Threading: safe for many threads.
 */
final class PasswordFile implements HikariCredentialsProvider {

    private static final Logger LOG = LoggerFactory.getLogger(PasswordFile.class);

    static final int MAX_BYTES = 4_096;

    private final String user;
    private final Path file;
    private String latest;
    private boolean trouble;

    /**
     * Reads it for the first time.
     *
     * @throws IOException when it cannot be read, or is too long for a password
     */
    PasswordFile(String user, Path file) throws IOException {
        this.user = user;
        this.file = file;
        this.latest = read(file);
    }

    /** What is in the file, without white space around it. */
    static String read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) { // a pipe has no size to ask for, and a device no end
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("more than " + MAX_BYTES + " bytes (expected: a password)");
            }
            return new String(bytes, StandardCharsets.UTF_8).strip();
        }
    }

    @Override
    public synchronized Credentials getCredentials() {
        try {
            latest = read(file);
            trouble = false;
        } catch (IOException e) {
            if (!trouble) {
                LOG.warn("The password of the database cannot be read again, the last one counts: file='{}'", file, e);
            }
            trouble = true;
        }
        return Credentials.of(user, latest);
    }
}
