package io.kvstore.database;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.util.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A password in a file that is read again for every connection that is made: one that changed needs no restart. While the file
 * cannot be read, or is empty, the last password counts. A pipe is read once.
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

    private PasswordFile(String user, Path file, String latest) {
        this.user = user;
        this.file = file;
        this.latest = latest;
    }

    /**
     * Begins with the password that the settings have, which may be all that there was in a pipe; without one, reads it.
     *
     * @throws IOException when it cannot be read, or is too long for a password
     */
    static PasswordFile of(DatabaseSettings settings, Path file) throws IOException {
        String first = settings.password().isEmpty() ? read(file) : settings.password();
        return new PasswordFile(settings.user(), file, first);
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

    /** Not from a pipe: it is empty, and one with a name would be waited for. */
    private void readAgain() throws IOException {
        if (Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
            return;
        }
        String now = read(file);
        if (now.isEmpty() && !latest.isEmpty()) {
            throw new IOException("empty (expected: a password)"); // as a file is that is being written
        }
        latest = now;
    }

    @Override
    public synchronized Credentials getCredentials() {
        try {
            readAgain();
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
