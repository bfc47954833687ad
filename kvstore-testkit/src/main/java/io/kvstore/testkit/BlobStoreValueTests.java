package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.PutResult;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One caller at a time: what is kept, under which name, and for how long. */
abstract class BlobStoreValueTests extends BlobStoreFixture {

    @Test
    void what_was_never_put_is_absent() {
        put(1, 100);

        assertAbsent(STORE, key(2));
        assertAbsent(new StoreId("tenant-never-seen", "kv-cache"), key(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 4_096, 65_537, 1_200_000})
    void a_payload_of_any_size_comes_back_byte_for_byte(int sizeBytes) {
        PutResult result = put(1, sizeBytes);

        assertThat(result.created()).isTrue();
        assertThat(result.stored()).isEqualTo(info(1, prompts.payloadBytes(1, sizeBytes)));
        assertStored(1, sizeBytes);
        assertStored(1, sizeBytes);
    }

    @Test
    void a_payload_from_anywhere_in_a_buffer_is_taken_whole() {
        byte[] bytes = prompts.payloadBytes(1, 1_000);
        ByteBuffer padded = ByteBuffer.allocateDirect(3_000).position(700);
        padded.put(bytes).position(700).limit(1_700);
        try (Payload slice = Payload.of(padded, () -> {})) {
            Await.get(blobs.put(STORE, key(1), info(1, bytes), slice, soon()));
        }

        assertStored(1, 1_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5_000, 40_000, 1_200_000})
    void a_payload_in_several_pieces_is_taken_whole(int sizeBytes) {
        byte[] bytes = prompts.payloadBytes(1, sizeBytes);
        int third = sizeBytes / 3;
        List<ByteBuffer> pieces = List.of(
                ByteBuffer.wrap(bytes, 0, third),
                ByteBuffer.allocateDirect(0),
                ByteBuffer.allocateDirect(third).put(bytes, third, third).flip(),
                ByteBuffer.wrap(bytes, 2 * third, sizeBytes - 2 * third));
        try (Payload payload = Payload.ofPieces(pieces, () -> {})) {
            Await.get(blobs.put(STORE, key(1), info(1, bytes), payload, soon()));
        }

        assertStored(1, sizeBytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300, BlobInfo.MAX_ATTRIBUTE_BYTES})
    void attributes_come_back_as_they_were(int attributeBytes) {
        byte[] bytes = prompts.payloadBytes(1, 64);
        BlobInfo info = info(1, bytes, prompts.payloadBytes(2, attributeBytes));

        Await.get(startPut(STORE, key(1), info, bytes));

        assertThat(Await.get(blobs.head(STORE, key(1), soon()))).contains(info);
        assertBlob(get(STORE, key(1)), info, bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0xFFFF_FFFFL, (1L << 53) + 1})
    void every_tag_comes_back_as_it_was(long tag) {
        byte[] bytes = prompts.payloadBytes(1, 64);
        BlobInfo info = info(tag, bytes);

        assertThat(Await.get(startPut(STORE, key(1), info, bytes)).stored()).isEqualTo(info);

        assertThat(Await.get(blobs.head(STORE, key(1), soon()))).contains(info);
        assertThat(blobs.peek(STORE, key(1)))
                .satisfiesAnyOf(
                        peek -> assertThat(peek.isPresent()).isFalse(),
                        peek -> assertThat(peek.tag()).isEqualTo(tag));
    }

    @Test
    void a_second_put_of_a_name_creates_nothing_and_answers_what_is_stored() {
        put(1, 100);
        byte[] other = prompts.payloadBytes(2, 300);

        PutResult again = put(1, 100);
        PutResult otherBytes = Await.get(startPut(STORE, key(1), info(2, other), other));

        BlobInfo stored = info(1, prompts.payloadBytes(1, 100));
        assertThat(again).isEqualTo(new PutResult(false, stored));
        assertThat(otherBytes).isEqualTo(new PutResult(false, stored));
        assertStored(1, 100);
    }

    @Test
    void one_key_in_many_stores_is_many_blobs() {
        StoreId[] ids = {
            STORE,
            new StoreId("tenant-b", "kv-cache"),
            new StoreId("tenant-a", "kv-cache-2"),
            new StoreId("Tenant-A", "kv-cache"),
            new StoreId("tenant-a-kv", "cache"),
            new StoreId("tenant.a", "kv-cache"),
            new StoreId("kv-cache", "tenant-a")
        };
        for (int i = 0; i < ids.length; i++) {
            assertAbsent(ids[i], key(1));
            byte[] bytes = prompts.payloadBytes(i, 100);
            assertThat(Await.get(startPut(ids[i], key(1), info(i, bytes), bytes))
                            .created())
                    .isTrue();
        }

        Await.get(blobs.delete(ids[1], key(1), soon()));

        for (int i = 0; i < ids.length; i++) {
            if (i == 1) {
                assertAbsent(ids[i], key(1));
                assertThat(list(ids[i])).isEmpty();
            } else {
                assertStored(ids[i], key(1), i, 100);
                assertThat(list(ids[i])).containsExactly(key(1));
            }
        }
    }

    @Test
    void keys_that_differ_in_one_bit_are_two_blobs() {
        put(1, 100);
        ByteBuffer binary = ByteBuffer.allocate(BlobKey.BYTES);
        key(1).write(binary);
        for (int i = 0; i < BlobKey.BYTES; i++) {
            byte[] changed = binary.array().clone();
            changed[i] ^= 0x40;
            assertAbsent(STORE, BlobKey.read(ByteBuffer.wrap(changed)));
        }
    }

    @Test
    void a_deleted_blob_is_absent_and_its_name_free() {
        put(1, 100);
        put(2, 100);

        assertThat(delete(key(1))).isTrue();

        assertThat(delete(key(1))).isFalse();
        assertThat(delete(key(3))).isFalse();
        assertAbsent(STORE, key(1));
        assertThat(list(STORE)).containsExactly(key(2));
        assertStored(2, 100);
        byte[] other = prompts.payloadBytes(9, 777);
        assertThat(Await.get(startPut(STORE, key(1), info(9, other), other)).created())
                .isTrue();
        assertStored(STORE, key(1), 9, 777);
    }

    @Test
    void a_delete_of_what_was_read_removes_it_once() {
        put(1, 100);
        put(2, 100);
        String version = versionOf(1);

        assertThat(deleteVersion(1, version)).isTrue();

        assertThat(deleteVersion(1, version)).isFalse();
        assertAbsent(STORE, key(1));
        assertThat(list(STORE)).containsExactly(key(2));
        assertStored(2, 100);
    }

    @Test
    void a_delete_of_what_was_read_spares_what_was_stored_in_its_place() {
        put(1, 100);
        String old = versionOf(1);
        delete(key(1));
        put(1, 100);

        assertThat(deleteVersion(1, old)).isFalse();

        assertStored(1, 100);
        assertThat(versionOf(1)).isNotEqualTo(old);
        assertThat(deleteVersion(1, versionOf(1))).isTrue();
        assertAbsent(STORE, key(1));
    }

    @Test
    void a_delete_of_a_version_that_never_was_removes_nothing() {
        put(1, 100);
        put(2, 100);
        for (String version : List.of(Blob.NO_VERSION, " ", "nonsense", "0", "-1", "\0", "9".repeat(2_000))) {
            assertThat(deleteVersion(1, version)).isFalse();
            assertThat(deleteVersion(3, version)).isFalse();
        }
        assertThat(deleteVersion(2, versionOf(1))).isFalse();

        assertStored(1, 100);
        assertStored(2, 100);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_200_000})
    void an_open_claim_stays_good_whatever_happens_to_the_name(int sizeBytes) {
        put(1, sizeBytes);
        byte[] other = prompts.payloadBytes(9, sizeBytes);
        try (Blob held = get(STORE, key(1)).orElseThrow()) {
            delete(key(1));
            Await.get(startPut(STORE, key(1), info(9, other), other));
            delete(key(1));
            for (int i = 10; i < 20; i++) {
                put(i, sizeBytes);
            }

            byte[] bytes = prompts.payloadBytes(1, sizeBytes);
            assertBlob(Optional.of(held.share()), info(1, bytes), bytes);
        }
    }

    @Test
    void each_answer_has_a_claim_of_its_own() {
        put(1, 5_000);
        Payload first = get(STORE, key(1)).orElseThrow().payload();
        try (Blob second = get(STORE, key(1)).orElseThrow()) {
            first.close();
            first.close();

            assertThat(prompts.verify(second.payload(), 1)).isTrue();
        }
        assertStored(1, 5_000);
    }
}
