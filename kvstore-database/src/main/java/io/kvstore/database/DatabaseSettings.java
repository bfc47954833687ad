package io.kvstore.database;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Which database.
 *
 * @param url {@code jdbc:postgresql://host/database} or {@code jdbc:h2:...}, without a password
 * @param user "" for none
 * @param password "" for none; in no message and no log
 */
public record DatabaseSettings(String url, String user, String password) {

    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException for another kind of database, or a password in the address, which would be logged
     */
    public DatabaseSettings {
        if (!url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:h2:")) {
            throw new IllegalArgumentException("expected jdbc:postgresql://HOST/DATABASE or jdbc:h2:file:/PATH");
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException("expected no password in the address");
        }
    }

    /** A file of this machine, which processes share: the one that is first serves the others on the loopback address. */
    public static DatabaseSettings file(Path file) {
        return new DatabaseSettings("jdbc:h2:file:" + file.toAbsolutePath() + ";AUTO_SERVER=TRUE", "", "");
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
