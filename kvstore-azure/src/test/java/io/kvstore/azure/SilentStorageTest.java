package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A storage that takes requests and says nothing: real time, in which silence is noticed after a fifth of a second. */
class SilentStorageTest {

    private FakeBlobService azure;
    private CoreKVStores stores;
    private KVStore store;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    SilentStorageTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = FakeBlobService.builder().start();
        stores = CoreKVStores.builder(EmulatedStores.over(azure, Duration.ofMillis(200)))
                .build();
        store = stores.store(new StoreId("acme", "kv-cache"));
    }

    @AfterEach
    void close() {
        azure.heal();
        azure.releaseHeld();
        stores.close();
        azure.close();
    }

    /** It was INTERNAL: the tries failed with one and the same exception, which cannot be added to itself. */
    @Test
    void silence_is_the_storages_trouble_and_no_defect() throws Exception {
        azure.everyRequest().isHeld();

        try (PromptChunk chunk = Prompts.seeded(1).chain(1).chunk(0, Payload.wrap(new byte[100]))) {
            assertThat(FaultFixture.failureOf(store.write(chunk)).reason()).isEqualTo(Reason.UNAVAILABLE);
        }

        assertThat(azure.requestCount(RequestKind.PUT_BLOB)).isEqualTo(3);
    }
}
