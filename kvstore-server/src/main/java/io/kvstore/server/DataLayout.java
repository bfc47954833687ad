package io.kvstore.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which parts of a data directory belong to which number of processes: one process keeps its data in the directory itself,
 * several in {@code node-0}, {@code node-1} and so on. What another number of processes left is not found by this one and
 * still fills the disk, so a start over it is refused.
 */
final class DataLayout {

    private static final Pattern PART = Pattern.compile("node-\\d{1,4}");
    /** What every directory that the file store opened has. */
    private static final String LOCK_FILE = "lock";

    private DataLayout() {}

    /**
     * Looks for data that these processes would leave aside.
     *
     * @throws StartFailure when there is some
     */
    static void check(Path dataDir, int processes) throws StartFailure {
        if (processes > 1 && isStore(dataDir)) {
            throw refused(dataDir, "data of a server of one process", "move it into " + dataDir.resolve("node-0"));
        }
        List<String> strays = parts(dataDir).stream()
                .filter(part -> processes == 1 || Integer.parseInt(part.substring("node-".length())) >= processes)
                .filter(part -> isStore(dataDir.resolve(part)))
                .toList();
        if (!strays.isEmpty()) {
            throw refused(
                    dataDir,
                    String.join(", ", strays) + " of a server of more processes",
                    "start with --numa as before");
        }
    }

    private static StartFailure refused(Path dataDir, String what, String advice) {
        return new StartFailure(OneLine.of("data directory " + dataDir + " holds " + what
                + ", which would not be served: " + advice + ", or choose another --data-dir"));
    }

    private static boolean isStore(Path dir) {
        return Files.isRegularFile(dir.resolve(LOCK_FILE));
    }

    private static List<String> parts(Path dataDir) {
        try (Stream<Path> entries = Files.list(dataDir)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> PART.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException notThereOrNotADirectory) {
            return List.of(); // opening it says so
        }
    }
}
