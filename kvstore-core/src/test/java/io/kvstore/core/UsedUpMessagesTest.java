package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads when the bytes that a directory may have are used up. */
class UsedUpMessagesTest {

    private static final int MAX_BYTES = 1 << 20;

    @TempDir
    private Path root;

    /** A put that the limit refuses, in a process whose logs nobody switched off. */
    static final class Store {
        private Store() {}

        public static void main(String... arguments) throws IOException {
            try (FileBlobStore store = FileBlobStore.builder(Path.of(arguments[0]))
                    .maxBytes(MAX_BYTES)
                    .open()) {
                assertThat(DiskFixture.failure(DiskFixture.startPut(store, 1, 2 * MAX_BYTES)))
                        .contains(Reason.RESOURCE_EXHAUSTED);
            }
        }
    }

    /** More copies at a time than there is room for: those that do not fit are not kept. */
    static final class Cache {
        private Cache() {}

        public static void main(String... arguments) throws IOException {
            try (DiskBlobCache cache = DiskBlobCache.open(Path.of(arguments[0]), MAX_BYTES)) {
                for (int i = 0; i < 64; i++) {
                    byte[] bytes = DiskFixture.bytes(i, MAX_BYTES / 9);
                    try (Blob blob =
                            new Blob(DiskFixture.info(i, bytes), Payload.wrap(bytes), Tier.REMOTE, "of the backend")) {
                        cache.put(DiskFixture.STORE, DiskFixture.key(i), blob);
                    }
                }
            }
        }
    }

    private List<String> said(Class<?> main) throws Exception {
        ProcessBuilder start =
                ChildJvm.start(main, root.resolve("data").toString()).redirectErrorStream(true);
        Process process = start.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().toList();
    }

    /** The failure: a full disk is in the log at once, and of a limit, which fills up more often, nobody read. */
    @Test
    void a_store_at_its_limit_says_so() throws Exception {
        assertThat(said(Store.class))
                .singleElement()
                .asString()
                .contains("WARN", "its limit of " + MAX_BYTES + " bytes is used up, writes are refused");
    }

    /** It lives at its limit, and refuses nobody's writes. */
    @Test
    void a_cache_at_its_limit_does_not() throws Exception {
        assertThat(said(Cache.class)).isEmpty();
    }
}
