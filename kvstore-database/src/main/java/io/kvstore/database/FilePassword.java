package io.kvstore.database;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The password of a database that is a file: made up by whoever is first, kept beside the file where its owner alone can read
 * it.
 *
 * <p>H2 serves a file that processes share over TCP, and the key to that is in a file which others on the machine may be able to
 * read. Whom it lets in without a password can have it run programs as us.
 */
final class FilePassword {

    private static final String SUFFIX = ".password";
    static final String H2_SUFFIX = ".mv.db";
    private static final int BYTES = 32;

    private FilePassword() {}

    /**
     * The password of that database, made now if there is none.
     *
     * @throws IOException as well when the database was made without one
     */
    static String of(Path database) throws IOException {
        Path kept = database.resolveSibling(database.getFileName() + SUFFIX);
        if (!Files.exists(kept)) {
            refuseWithoutPassword(database, kept);
            make(kept);
        }
        String password = Files.readString(kept).strip();
        if (password.isEmpty()) {
            throw new IOException(kept + " is empty (expected: the password of the database)");
        }
        return password;
    }

    /** A password is there before its database is. */
    private static void refuseWithoutPassword(Path database, Path kept) throws IOException {
        Path data = database.resolveSibling(database.getFileName() + H2_SUFFIX);
        if (Files.exists(data) && !Files.exists(kept)) {
            throw new IOException(data + " is there and " + kept + " is not (a file without a password: give its"
                    + " address with ;IFEXISTS=TRUE behind it)");
        }
    }

    /** Whole or not at all, and of two who make one the first counts. */
    private static void make(Path kept) throws IOException {
        Path directory = Files.createDirectories(kept.toAbsolutePath().getParent());
        Path fresh = Files.createTempFile(directory, kept.getFileName() + ".", ".new"); // nobody else may read it
        try {
            byte[] secret = new byte[BYTES];
            new SecureRandom().nextBytes(secret);
            Files.writeString(fresh, HexFormat.of().formatHex(secret));
            Files.createLink(kept, fresh);
        } catch (FileAlreadyExistsException faster) {
            // Then that is it.
            return;
        } finally {
            Files.delete(fresh);
        }
    }
}
