package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.PutResult;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The blob store under test, what the tests of {@link BlobStoreContract} say of it in one word, and the end of every test. */
abstract class BlobStoreFixture {

    static final StoreId STORE = new StoreId("tenant-a", "kv-cache");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final Prompts prompts = Prompts.seeded(7);
    final PayloadLedger ledger = new PayloadLedger();

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    BlobStore blobs;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    BlobStoreFixture() {}

    /**
     * A new, empty store. Called before each test, which closes it; what it stands on is closed after it when it was handed to
     * {@link #closeAfterTest}.
     */
    protected abstract BlobStore createStore() throws Exception;

    /**
     * How many blobs the test of long listings stores: more than one page holds. Lower it where a put costs money or a round
     * trip.
     */
    protected int listedBlobs() {
        return 5_200;
    }

    /** Closes {@code resource} after the test: the last one named first, and all of them after the store. */
    protected final <T extends AutoCloseable> T closeAfterTest(T resource) {
        resources.push(resource);
        return resource;
    }

    @BeforeEach
    final void openStore() throws Exception {
        blobs = closeAfterTest(createStore());
    }

    @AfterEach
    final void closeStore() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
        ledger.awaitAllClosed(PATIENCE);
    }

    /** A call with more time than it needs. */
    static CallContext soon() {
        return CallContext.endingIn(Duration.ofSeconds(Await.PATIENCE_SECONDS), System::nanoTime, "contract");
    }

    /** The key of that number: its parts look like hashes. */
    static BlobKey key(long number) {
        return keyIn(1, number);
    }

    /** The key of that number in that partition. */
    static BlobKey keyIn(long partition, long number) {
        byte[] bytes = Prompts.seeded(partition).payloadBytes(-1, 16);
        ByteBuffer out = ByteBuffer.allocate(BlobKey.BYTES).put(bytes);
        return BlobKey.read(out.put(Prompts.seeded(number).payloadBytes(-2, 32)).flip());
    }

    /** What goes with the payload {@code bytes}. */
    static BlobInfo info(long tag, byte[] bytes, byte... attributes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return new BlobInfo(tag, bytes.length, (int) crc.getValue(), attributes);
    }

    /** Starts a put, and closes the caller's claim as early as a caller may. */
    final CompletableFuture<PutResult> startPut(StoreId store, BlobKey key, BlobInfo info, byte[] bytes) {
        try (Payload payload = ledger.payload(bytes)) {
            return blobs.put(store, key, info, payload, soon());
        }
    }

    /** Puts the payload of {@code number} under the key of {@code number}, that number its tag. */
    final PutResult put(StoreId store, long number, int sizeBytes) {
        byte[] bytes = prompts.payloadBytes(number, sizeBytes);
        return Await.get(startPut(store, key(number), info(number, bytes), bytes));
    }

    final PutResult put(long number, int sizeBytes) {
        return put(STORE, number, sizeBytes);
    }

    /** What is stored under {@code key}; the test closes it. */
    final Optional<Blob> get(StoreId store, BlobKey key) {
        return Await.get(blobs.get(store, key, soon()));
    }

    final boolean delete(BlobKey key) {
        return Await.get(blobs.delete(STORE, key, soon()));
    }

    final boolean deleteVersion(long number, String version) {
        return Await.get(blobs.deleteVersion(STORE, key(number), version, soon()));
    }

    /** The version of what is stored under the key of {@code number}; a cache that can not tell it is emptied first. */
    final String versionOf(long number) {
        String version = readVersion(number);
        if (version.equals(Blob.NO_VERSION)) {
            assertThat(deleteVersion(number, version)).isFalse();
            version = readVersion(number);
        }
        assertThat(version).isNotBlank();
        return version;
    }

    private String readVersion(long number) {
        try (Blob blob = get(STORE, key(number)).orElseThrow()) {
            return blob.version();
        }
    }

    /** All ways to ask say that the payload of {@code payloadOf} is stored under {@code key}. */
    final void assertStored(StoreId store, BlobKey key, long payloadOf, int sizeBytes) {
        byte[] bytes = prompts.payloadBytes(payloadOf, sizeBytes);
        BlobInfo expected = info(payloadOf, bytes);
        assertThat(Await.get(blobs.head(store, key, soon()))).contains(expected);
        assertThat(blobs.peek(store, key).isAbsent()).isFalse();
        if (blobs.peek(store, key).isPresent()) {
            assertThat(blobs.peek(store, key).tag()).isEqualTo(payloadOf);
            assertThat(blobs.peek(store, key).payloadBytes()).isIn(0L, (long) sizeBytes);
        }
        assertBlob(get(store, key), expected, bytes);
    }

    final void assertStored(long number, int sizeBytes) {
        assertStored(STORE, key(number), number, sizeBytes);
    }

    /** It is {@code bytes} with {@code info}, and is closed. */
    static void assertBlob(Optional<Blob> answer, BlobInfo info, byte[] bytes) {
        try (Blob blob = answer.orElseThrow(() -> new AssertionError("expected: a blob, came: none"))) {
            assertThat(blob.info()).isEqualTo(info);
            assertThat(blob.tier()).isNotNull();
            assertThat(blob.payload().sizeBytes()).isEqualTo(bytes.length);
            assertThat(blob.payload().buffer()).isEqualTo(ByteBuffer.wrap(bytes));
        }
    }

    /** All ways to ask say that nothing is stored under {@code key}. */
    final void assertAbsent(StoreId store, BlobKey key) {
        assertThat(blobs.peek(store, key).isPresent()).isFalse();
        assertThat(get(store, key)).isEmpty();
        assertThat(Await.get(blobs.head(store, key, soon()))).isEmpty();
        assertThat(blobs.peek(store, key).isPresent()).isFalse();
    }

    /** All pages of a listing. */
    final List<BlobKey> list(StoreId store) {
        return listFrom(store, KeyRange.ALL, Optional.empty());
    }

    final List<BlobKey> listFrom(StoreId store, KeyRange range, Optional<String> from) {
        List<BlobKey> keys = new ArrayList<>();
        Optional<String> next = from;
        for (int page = 0; page == 0 || next.isPresent(); page++) {
            assertThat(page).as("pages of a listing that should end").isLessThan(listedBlobs() + 10);
            BlobPage answer = Await.get(blobs.list(store, range, next, soon()));
            assertThat(answer.keys()).hasSizeLessThanOrEqualTo(5_000);
            keys.addAll(answer.keys());
            next = answer.next();
        }
        return keys;
    }
}
