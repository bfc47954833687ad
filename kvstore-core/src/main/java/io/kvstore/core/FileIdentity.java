package io.kvstore.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which file a name stood for. An open file that was removed or replaced takes writes as before, and loses them with its last
 * descriptor.
 *
 * @param key device and inode; null where the file system has none, and then only the name counts
 */
record FileIdentity(Path path, @Nullable Object key) {

    static FileIdentity of(Path path) throws IOException {
        return new FileIdentity(path, key(path));
    }

    /** Whether the name still stands for that file. One system call. */
    boolean isThere() throws IOException {
        try {
            return Objects.equals(key, key(path));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }
}
