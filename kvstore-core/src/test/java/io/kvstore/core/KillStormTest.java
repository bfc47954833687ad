package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.spi.Blob;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process in a storm of writes and deletes, again and again, and looks at what it left. */
class KillStormTest {

    private static final int ROUNDS = 20;

    /** Numbers of a round start at its multiple of this. */
    private static final long ROUND = 1_000_000;

    @TempDir
    Path directory;

    private final Set<Long> acknowledged = new HashSet<>();
    private final Set<Long> maybeDeleted = new HashSet<>();
    private final Set<Long> deleted = new HashSet<>();

    @Test
    void whatever_was_acknowledged_is_there_byte_for_byte_and_the_rest_is_whole() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            storm(round);
            verify(round);
        }
        assertThat(acknowledged).hasSizeGreaterThan(ROUNDS * 100);
        assertThat(deleted).hasSizeGreaterThan(ROUNDS);
    }

    private void storm(int round) throws IOException, InterruptedException {
        Process writer = ChildJvm.start(KillStormWriter.class, directory.toString(), Long.toString(1 + round * ROUND))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Killed after a count, not a time: every round has something to lose, on a slow machine too.
        int killAfter = 200 + round * 37;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.US_ASCII))) {
            String line = lines.readLine();
            for (int count = 1; line != null; count++, line = lines.readLine()) {
                note(Long.parseLong(line));
                if (count == killAfter) {
                    // SIGKILL. Not Process.destroyForcibly: that would throw away what it printed before.
                    writer.toHandle().destroyForcibly();
                }
            }
        }
        writer.waitFor();
    }

    private void note(long number) {
        if (number > 0) {
            acknowledged.add(number);
            if (number % 5 == 0) {
                maybeDeleted.add(number);
            }
        } else {
            deleted.add(-number);
        }
    }

    private void verify(int round) throws IOException {
        try (FileBlobStore store =
                FileBlobStore.builder(directory).segmentBytes(1 << 20).open()) {
            Set<Long> tags = DiskFixture.list(store).stream()
                    .map(key -> store.peek(DiskFixture.STORE, key).tag())
                    .collect(Collectors.toSet());
            // Everything of this round, and a sample of the rounds before: they only move by compaction.
            Set<Long> checked = acknowledged.stream()
                    .filter(number -> number / ROUND == round || number % 7 == 0)
                    .collect(Collectors.toSet());
            checked.addAll(tags.stream().filter(tag -> tag / ROUND == round).toList());
            for (long number : checked) {
                boolean stored = DiskFixture.isStored(store, number, KillStormWriter.size(number));
                if (deleted.contains(number)) {
                    assertThat(stored).as("deleted blob %s", number).isFalse();
                } else if (acknowledged.contains(number) && !maybeDeleted.contains(number)) {
                    assertThat(stored).as("blob %s of round %s", number, round).isTrue();
                }
            }
            settleDeletes(store);
        }
    }

    /** A delete that was under way at the kill was done or not; from now on it is what it is. */
    private void settleDeletes(FileBlobStore store) {
        for (long number : List.copyOf(maybeDeleted)) {
            Optional<Blob> found =
                    DiskFixture.await(store.get(DiskFixture.STORE, DiskFixture.key(number), DiskFixture.soon()));
            found.ifPresent(Blob::close);
            if (found.isEmpty()) {
                deleted.add(number);
            }
            maybeDeleted.remove(number);
        }
    }
}
