package io.kvstore.azurite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

    @TempDir
    private Path directory;

    /** To close any channel of a file lets go of all locks that a process has on it. */
    @Test
    void a_second_try_in_this_process_does_not_give_the_directory_away() throws Exception {
        try (DirectoryLock lock = DirectoryLock.of(directory)) {
            assertThatThrownBy(() -> DirectoryLock.of(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            assertThat(ChildJvm.start(LockTaker.class, directory.toString()).waitFor())
                    .isEqualTo(1);
            assertThat(lock).isNotNull();
        }
        assertThat(ChildJvm.start(LockTaker.class, directory.toString()).waitFor())
                .isZero();
    }
}
