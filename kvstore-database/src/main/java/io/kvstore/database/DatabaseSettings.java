package io.kvstore.database;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Which database.
 *
 * @param url {@code jdbc:postgresql://host/database} or {@code jdbc:h2:...}, without a password; {@code
 *     jdbc:h2:file:/path} without parameters is a {@link #file}, with them it is taken as it is
 * @param user "" for none
 * @param password "" for none; in no message and no log
 */
public record DatabaseSettings(String url, String user, String password) {

    private static final String FILE = "jdbc:h2:file:";
    private static final String HOME = "~/";
    private static final String EXPECTED = "expected jdbc:postgresql://HOST/DATABASE or jdbc:h2:file:/PATH";
    private static final String SHARED = ";AUTO_SERVER=TRUE";

    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException for another kind of database, or a password in the address, which would be logged
     */
    public DatabaseSettings {
        if (!url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:h2:")) {
            throw new IllegalArgumentException(EXPECTED);
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException("expected no password in the address");
        }
        if (url.startsWith(FILE) && url.indexOf(';') < 0) {
            url = file(path(url.substring(FILE.length()))).url();
        }
    }

    /**
     * A file of this machine, which processes of one user share: the one that is first serves the others on the loopback address.
     * The password is in {@code <file>.password}, made when the file is.
     */
    public static DatabaseSettings file(Path file) {
        return new DatabaseSettings(FILE + file.toAbsolutePath() + SHARED, "", "");
    }

    private static Path path(String file) {
        if (file.isEmpty()) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return file.startsWith(HOME)
                ? Path.of(System.getProperty("user.home"), file.substring(HOME.length()))
                : Path.of(file);
    }

    /** As they are, and for a {@link #file} with its password. */
    DatabaseSettings withPassword() throws IOException {
        return url.startsWith(FILE) && url.endsWith(SHARED) && password.isEmpty()
                ? new DatabaseSettings(
                        url, user, FilePassword.of(Path.of(address().substring(FILE.length()))))
                : this;
    }

    boolean isH2() {
        return url.startsWith("jdbc:h2:");
    }

    /** The address without its parameters: for messages. */
    String address() {
        int end = url.length();
        for (char c : new char[] {'?', ';'}) {
            int at = url.indexOf(c);
            end = at < 0 ? end : Math.min(end, at);
        }
        return url.substring(0, end);
    }

    /** The address alone. */
    @Override
    public String toString() {
        return address();
    }
}
