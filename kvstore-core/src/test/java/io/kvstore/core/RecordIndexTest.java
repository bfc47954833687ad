package io.kvstore.core;

import static io.kvstore.core.DiskFixture.delete;
import static io.kvstore.core.DiskFixture.isStored;
import static io.kvstore.core.DiskFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.KeyRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordIndexTest {

    private static final BlobKey KEY = DiskFixture.key(1);

    @TempDir
    Path directory;

    private final MappedByteBuffer nothing = (MappedByteBuffer) ByteBuffer.allocateDirect(0);
    private final Segment segment = new Segment(0, Path.of("segment"), new byte[16], nothing, 0);
    private final RecordIndex index = new RecordIndex();

    private static StoreId invented(int number) {
        return new StoreId("tenant-" + number % 8, "invented-" + number);
    }

    private IndexEntry entry() {
        return entry(KEY);
    }

    private IndexEntry entry(BlobKey key) {
        return new IndexEntry(key, segment, SegmentFiles.HEADER_BYTES, 100, 100, 1, 1);
    }

    /** The failure: 65,536 names that somebody invented, and nobody else can store anything until the next start. */
    @Test
    void containers_that_hold_nothing_any_more_lock_nobody_out() {
        for (int i = 0; i < RecordIndex.MAX_STORES; i++) {
            index.put(invented(i), entry());
        }
        assertThat(index.admits(invented(99_999))).isFalse();
        assertThat(index.admits(invented(0))).isTrue();

        for (int i = 0; i < RecordIndex.MAX_STORES; i++) {
            assertThat(index.remove(invented(i), KEY)).isNotNull();
        }

        assertThat(index.admits(invented(99_999))).isTrue();
        assertThat(index.stores()).isEmpty();
        assertThat(index.entries()).isZero();
    }

    /** The failure: one tenant fills the index with containers, and no other can have its first one. */
    @Test
    void one_tenants_containers_leave_room_for_those_of_others() {
        StoreId[] mine = new StoreId[RecordIndex.MAX_STORES_OF_RESOURCE];
        for (int i = 0; i < mine.length; i++) {
            mine[i] = new StoreId("acme", "container-" + i);
            assertThat(index.admits(mine[i])).isTrue();
            index.put(mine[i], entry());
        }

        assertThat(index.admits(new StoreId("acme", "one-more"))).isFalse();
        assertThat(index.admits(mine[0])).isTrue();
        assertThat(index.admits(new StoreId("globex", "first"))).isTrue();
        index.remove(mine[7], KEY);
        assertThat(index.admits(new StoreId("acme", "one-more"))).isTrue();
    }

    @Test
    void asking_for_containers_makes_none() {
        for (int i = 0; i < RecordIndex.MAX_STORES; i++) {
            assertThat(index.get(invented(i), KEY)).isNull();
            assertThat(index.page(invented(i), KeyRange.ALL, Optional.empty()).keys())
                    .isEmpty();
            assertThat(index.remove(invented(i), KEY)).isNull();
            assertThat(index.admits(invented(i))).isTrue();
        }
        assertThat(index.stores()).isEmpty();
    }

    /** The failure: a put goes into the maps of a store that its last key has just taken along. */
    @Test
    void a_put_that_meets_the_end_of_its_store_is_found() {
        for (int round = 0; round < 2_000; round++) {
            IndexEntry last = entry();
            index.put(invented(0), last);
            BlobKey next = DiskFixture.key(2 + round);

            var removal = CompletableFuture.supplyAsync(() -> index.remove(invented(0), last));
            index.put(invented(0), entry(next));

            assertThat(removal.join()).isTrue();
            assertThat(index.get(invented(0), next)).isNotNull();
            index.remove(invented(0), next);
        }
        assertThat(index.stores()).isEmpty();
    }

    @Test
    void a_store_goes_with_its_last_blob_and_comes_back_with_the_next() throws IOException {
        try (FileBlobStore store = FileBlobStore.builder(directory).open()) {
            put(store, 1, 100);
            put(store, 2, 100);
            delete(store, 1);
            assertThat(store.stores()).containsExactly(DiskFixture.STORE);
            delete(store, 2);
            assertThat(store.stores()).isEmpty();
            put(store, 1, 100);
            assertThat(isStored(store, 1, 100)).isTrue();
            assertThat(store.stores()).containsExactly(DiskFixture.STORE);
        }
    }
}
