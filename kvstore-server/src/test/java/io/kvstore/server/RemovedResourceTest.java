package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.accounts.AccountAddress;
import io.kvstore.accounts.CachingAccountResolver;
import io.kvstore.accounts.ConfigurationStoreResolver;
import io.kvstore.accounts.Freshness;
import io.kvstore.accounts.KnownResources;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A resource whose document is taken away, as the server wires the engine to a configuration store. */
class RemovedResourceTest {

    private static final String DOCUMENT = "{\"regionStorageMap\": {\"westeurope\": [\"acmewe1\"]}}";

    private final Map<String, byte[]> documents = new ConcurrentHashMap<>();
    private final ManualClock clock = new ManualClock();
    private final PromptChain chain = Prompts.seeded(16).chain(1);
    private CachingAccountResolver resolver;
    private CoreKVStores stores;
    private KVStore acme;
    private String location;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    RemovedResourceTest() {}

    @BeforeEach
    void open() throws Exception {
        ConfigurationStoreResolver source = new ConfigurationStoreResolver(
                name -> CompletableFuture.completedFuture(Optional.ofNullable(documents.get(name))),
                "westeurope",
                AccountAddress.withSuffix("blob.core.windows.net"),
                false);
        resolver = CachingAccountResolver.over(source, source::names, Freshness.DEFAULT, clock, clock.scheduler());
        stores = CoreKVStores.builder(MemoryBlobStore.builder().build())
                .memoryCacheBytes(1 << 20)
                .accessPolicy(new KnownResources(resolver))
                .build();
        documents.put("acme.json", DOCUMENT.getBytes(StandardCharsets.UTF_8));
        acme = stores.store(new StoreId("acme", "llama"));
        try (PromptChunk chunk = chain.chunk(0, Payload.wrap(new byte[1_000]))) {
            location = acme.write(chunk).get(60, TimeUnit.SECONDS).location();
        }
    }

    @AfterEach
    void close() {
        stores.close();
        resolver.close();
    }

    private static Reason refusalOf(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((value, failure) -> {
                            assertThat(failure).as("came: " + value).isNotNull();
                            return failure;
                        })
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join())
                .reason();
    }

    /** The failure: chunks in memory are read on for ever, and of the others it is said that they are not stored. */
    @Test
    void what_is_kept_in_memory_is_not_found_either_once_the_document_is_gone() throws Exception {
        try (ReadResult read = acme.read(location).get(60, TimeUnit.SECONDS)) {
            assertThat(read.isFound()).isTrue();
        }
        documents.clear();

        clock.advance(Freshness.DEFAULT.staleFor());

        assertThat(refusalOf(acme.read(location))).isEqualTo(Reason.NOT_FOUND);
        assertThat(refusalOf(acme.lookup(LookupQuery.of(chain.tokens())))).isEqualTo(Reason.NOT_FOUND);
        assertThat(refusalOf(acme.lookup(LookupQuery.of(TokenBlocks.of(new long[3])))))
                .isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void a_document_that_is_put_back_is_served_again() throws Exception {
        documents.clear();
        clock.advance(Freshness.DEFAULT.staleFor());
        assertThat(refusalOf(acme.read(location))).isEqualTo(Reason.NOT_FOUND);
        documents.put("acme.json", DOCUMENT.getBytes(StandardCharsets.UTF_8));

        clock.advance(Freshness.DEFAULT.unknownFor());

        try (ReadResult read = acme.read(location).get(60, TimeUnit.SECONDS)) {
            assertThat(read.isFound()).isTrue();
        }
    }
}
