package io.kvstore.azurite;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Azurite on disk, in the version of the lock file that comes with this class, installed once per user.
 *
 * <p>A directory is made under another name and renamed when it is whole, so that what has the right name is complete, whoever
 * was killed on the way. Its name has the hash of what it was made from: another version is another directory. Nothing but a
 * missing directory makes npm run, so that later starts need no network. (Not {@code npm ci --offline}: npm's own cache lacked
 * packages right after an installation from the network.)
 */
final class Installation {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "azurite.js");

    private final Path cache;
    private final String name;
    private final Npm npm;

    /** @param cache the directory that holds it, made when missing */
    Installation(Path cache, Npm npm) {
        this.cache = cache;
        this.name = "azurite-" + contentHash();
        this.npm = npm;
    }

    /** {@code $XDG_CACHE_HOME/kvstore}, or {@code ~/.cache/kvstore}. */
    static Path userCache() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        // The specification says that relative paths are to be ignored.
        boolean usable = xdg != null && Path.of(xdg).isAbsolute();
        Path base = usable ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("kvstore");
    }

    boolean isThere() {
        return Files.isDirectory(cache.resolve(name));
    }

    /** The installed directory; installs it unless somebody did. Blocks for as long as that takes, a minute or two. */
    Path directory() throws IOException {
        Path directory = cache.resolve(name);
        if (Files.isDirectory(directory)) {
            return directory;
        }
        Files.createDirectories(cache);
        // File locks are between processes, the monitor is between threads of this one.
        synchronized (Installation.class) {
            try (FileChannel lock = FileChannel.open(
                            cache.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var held = lock.lock()) {
                Objects.requireNonNull(held);
                if (!Files.isDirectory(directory)) {
                    install(directory);
                }
            }
        }
        return directory;
    }

    private void install(Path directory) throws IOException {
        // Whoever holds the lock is the only one who installs: these were left by somebody who was killed.
        for (Path leftover : unfinished()) {
            delete(leftover);
        }
        Path work = Files.createTempDirectory(cache, name + ".unfinished");
        try {
            for (String file : FILES) {
                Files.write(work.resolve(file), resource(file));
            }
            npm.installInto(work);
            Files.move(work, directory, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(work);
        }
    }

    private List<Path> unfinished() throws IOException {
        try (Stream<Path> all = Files.list(cache)) {
            return all.filter(path -> path.getFileName().toString().startsWith(name + ".unfinished"))
                    .toList();
        }
    }

    /** Deletes a tree, or what can be deleted of it. */
    static void delete(Path tree) {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // It takes up room and does no harm; the next installation tries again.
            return;
        }
    }

    private static String contentHash() {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            for (String file : FILES) {
                hash.update(resource(file));
            }
            return HexFormat.of().formatHex(hash.digest(), 0, 8).toLowerCase(Locale.ROOT);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] resource(String file) {
        try (InputStream in =
                Objects.requireNonNull(Installation.class.getResourceAsStream(file), "missing in the jar: " + file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
