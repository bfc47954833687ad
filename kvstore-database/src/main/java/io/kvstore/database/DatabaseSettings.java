package io.kvstore.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which database.
 *
 * @param url {@code jdbc:postgresql://host/database} or {@code jdbc:h2:...}, without a password; {@code
 *     jdbc:h2:file:/path} without parameters is a {@link #file}, with them it is taken as it is
 * @param user "" for none
 * @param password "" for none; in no message and no log
 * @param passwordFile holds the password: at most 4,096 bytes, read for every connection. What {@code password} is counts
 *     until it is read; with "" it is read at once
 */
public record DatabaseSettings(String url, String user, String password, Optional<Path> passwordFile) {

    private static final String FILE = "jdbc:h2:file:";
    private static final String HOME = "~/";
    private static final String EXPECTED = "jdbc:postgresql://HOST/DATABASE or jdbc:h2:file:/PATH";
    private static final String SHARED = ";AUTO_SERVER=TRUE";
    private static final String IF_EXISTS = ";IFEXISTS=TRUE";
    private static final String POSTGRES = "jdbc:postgresql:";

    /** With nothing in it that is no part of it anywhere else. */
    private static final Pattern USER_INFO = Pattern.compile("//[^/?;&@\\s]*@");

    /** Its password may have any sign in it, which then ends nothing. */
    private static final Pattern MAY_BE_USER_INFO = Pattern.compile("//.*@", Pattern.DOTALL);

    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException for another kind of database, or a password in the address, which would be logged; the
     *     message has the address without what may be one
     */
    public DatabaseSettings {
        if (!url.startsWith(POSTGRES) && !url.startsWith("jdbc:h2:")) {
            throw refused(url, EXPECTED);
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=") || mayHaveUserInfo(url)) {
            throw refused(url, "no user and no password in the address, and an '@' among its parameters as %40");
        }
        if (url.startsWith(FILE) && url.indexOf(';') < 0) {
            url = file(path(url.substring(FILE.length()))).url();
        }
    }

    /** With a password that does not change. */
    public DatabaseSettings(String url, String user, String password) {
        this(url, user, password, Optional.empty());
    }

    /** A file of H2's may have an '@' in its name. */
    private static boolean mayHaveUserInfo(String url) {
        return url.startsWith(POSTGRES)
                ? url.indexOf('@') >= 0
                : MAY_BE_USER_INFO.matcher(url).find();
    }

    private static IllegalArgumentException refused(String url, String expected) {
        String anonymous = USER_INFO.matcher(url).replaceFirst("//");
        String plain = anonymous.split("[?;&\\s]", 2)[0];
        boolean mayBeSecret = plain.indexOf('=') >= 0
                || anonymous.indexOf('@') >= 0 // the end of a password that was cut, maybe
                || plain.toLowerCase(Locale.ROOT).contains("password");
        return new IllegalArgumentException(
                (mayBeSecret ? "an address that is not shown" : "'" + plain + "'") + " (expected: " + expected + ")");
    }

    /**
     * A file of this machine, which processes of one user share: the one that is first serves the others on the loopback address.
     * The password is in {@code <file>.password}, made when the file is.
     */
    public static DatabaseSettings file(Path file) {
        return new DatabaseSettings(FILE + file.toAbsolutePath() + SHARED, "", "");
    }

    /**
     * With the password that is in a file, in the place of any other. A file is read again for every connection, a pipe here
     * alone.
     *
     * @throws IOException when it cannot be read, or what is there is too long for a password
     */
    public DatabaseSettings withPasswordFile(Path file) throws IOException {
        return new DatabaseSettings(url, user, PasswordFile.read(file), Optional.of(file));
    }

    private static Path path(String file) {
        if (file.isEmpty()) {
            throw refused(FILE, EXPECTED);
        }
        return file.startsWith(HOME)
                ? Path.of(System.getProperty("user.home"), file.substring(HOME.length()))
                : Path.of(file);
    }

    /** As they are, and for a {@link #file} with its password. */
    DatabaseSettings withPassword() throws IOException {
        return url.startsWith(FILE) && url.endsWith(SHARED) && password.isEmpty() && passwordFile.isEmpty()
                ? new DatabaseSettings(
                        url, user, FilePassword.of(Path.of(address().substring(FILE.length()))))
                : this;
    }

    /** The file of the database, where it is one of this machine and not there. */
    Optional<Path> missingFile() {
        if (!url.startsWith(FILE)) {
            return Optional.empty();
        }
        Path file = path(address().substring(FILE.length())).toAbsolutePath();
        Path data = file.resolveSibling(file.getFileName() + FilePassword.H2_SUFFIX);
        return Files.exists(data) ? Optional.empty() : Optional.of(data);
    }

    /** The same, of a database that is there: H2 would make one. */
    DatabaseSettings ofExisting() {
        boolean said = !isH2() || url.toUpperCase(Locale.ROOT).contains(";IFEXISTS=");
        return said ? this : new DatabaseSettings(url + IF_EXISTS, user, password, passwordFile);
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
