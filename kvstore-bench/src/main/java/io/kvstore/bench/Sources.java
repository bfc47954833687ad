package io.kvstore.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The text files of a source tree, in the order of their paths. */
record Sources(List<File> files) {

    /** A file, its path relative to the tree with '/' between names. */
    record File(String path, List<String> lines) {}

    private static final Set<String> SKIPPED = Set.of("target", "build", "node_modules");
    private static final List<String> ENDINGS = List.of(".java", ".md", ".proto");
    private static final long MAX_FILE_BYTES = 256L << 10;
    private static final int MAX_FILES = 2_000;

    /** Reads the Java, Markdown and proto files below {@code root}; skips hidden and build directories. */
    static Sources read(Path root) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                String name = String.valueOf(dir.getFileName());
                boolean skipped = !dir.equals(root) && (name.startsWith(".") || SKIPPED.contains(name));
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = String.valueOf(file.getFileName());
                if (attributes.isRegularFile()
                        && attributes.size() <= MAX_FILE_BYTES
                        && ENDINGS.stream().anyMatch(name::endsWith)) {
                    found.add(file);
                }
                return found.size() < MAX_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }
        });
        List<File> files = new ArrayList<>();
        for (Path file : found) {
            String path = root.relativize(file).toString().replace('\\', '/');
            files.add(new File(
                    path, Files.readString(file, StandardCharsets.UTF_8).lines().toList()));
        }
        files.sort(Comparator.comparing(File::path));
        return new Sources(List.copyOf(files));
    }
}
