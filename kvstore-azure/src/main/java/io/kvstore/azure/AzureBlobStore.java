package io.kvstore.azure;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import io.netty.buffer.PooledByteBufAllocator;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Blobs in Azure Blob Storage: a resource is one or more storage accounts, a container is a container, a blob is a
 * block blob of the key's name, written by one request and never again.
 *
 * <p>What is durable is what Azure acknowledged. Payloads are written from where they lie, and read into one direct
 * buffer each. That memory is bounded ({@link Builder#maxReadBytes}). Requests are tried again by the SDK, twice at
 * most and within the call's time; each account has a circuit breaker.
 *
 * <p>Owns the client and the resolver: {@link #close} closes both.
 */
public final class AzureBlobStore implements BlobStore {

    private static final int EMULATOR_CONNECTIONS = 16;
    private static final Duration EMULATOR_PATIENCE = Duration.ofSeconds(30);

    /** How long a read waits for memory; its connection waits with it, and a silence of that may not be too long. */
    private static final Duration ROOM_PATIENCE = Duration.ofSeconds(5);

    private final AzureClient client;
    private final AccountResolver resolver;
    private final boolean createContainers;
    private final ScheduledThreadPoolExecutor timer;
    private final ReadMemory readMemory;
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private AzureBlobStore(Builder builder) {
        client = builder.client;
        resolver = builder.resolver;
        createContainers = builder.createContainers;
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "kvstore-azure-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true); // almost every alarm is cancelled
        readMemory = new ReadMemory(
                builder.maxReadBytes,
                min(builder.roomPatience, client.readTimeout().dividedBy(2)),
                timer);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /**
     * A builder with the defaults.
     *
     * @param client how to talk to accounts
     * @param resolver which accounts a resource has
     */
    public static Builder builder(AzureClient client, AccountResolver resolver) {
        return new Builder(client, resolver);
    }

    /**
     * Over an emulator on this machine: an account for each resource, of its name; containers are made on their first
     * write.
     *
     * @param address such as {@code http://127.0.0.1:10000}
     * @param accountKey Base64, of all accounts
     */
    public static AzureBlobStore onEmulator(URI address, String accountKey) {
        AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.sharedKey(accountKey)))
                .trustAddress(address)
                // One process on our own machine: it is slow, not down, and gains nothing from more at once.
                .maxConnectionsPerAccount(EMULATOR_CONNECTIONS)
                .timeouts(EMULATOR_PATIENCE, EMULATOR_PATIENCE)
                .build();
        return builder(client, SuffixAccountResolver.ofEmulator(address))
                .createContainers(true)
                .build();
    }

    /** Nothing is known without asking. */
    @Override
    public Peek peek(StoreId store, BlobKey key) {
        return Peek.UNKNOWN;
    }

    /** Netty's, or the timer's. */
    @Override
    public boolean answersOnIoThreads() {
        return true;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        Download download = newDownload(store);
        CompletableFuture<Optional<Blob>> call = call(
                onAccountOf(store, key, blobs -> blobs.get(key, download)),
                context,
                found -> found.map(read -> read.blob(download)));
        call.whenComplete((blob, failure) -> download.discard());
        return call;
    }

    private Download newDownload(StoreId store) {
        return new Download(PooledByteBufAllocator.DEFAULT, readMemory.enter(store.resource()));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return call(onAccountOf(store, key, blobs -> blobs.head(key)), context, Function.identity());
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.INVALID_ARGUMENT, "chunk.buffer: the payload is closed"));
        }
        Payload claim = share.get();
        Mono<PutResult> put = onWritableAccountOf(store, key, blobs -> {
            Map<String, String> metadata = BlobMetadata.of(info);
            return blobs.put(key, info, metadata, claim);
        });
        CompletableFuture<PutResult> call = call(put, context, Function.identity());
        call.whenComplete((result, failure) -> claim.close());
        return call;
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return call(onWritableAccountOf(store, key, blobs -> blobs.delete(key)), context, Function.identity());
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return call(
                onWritableAccountOf(store, key, blobs -> blobs.deleteVersion(key, version)),
                context,
                Function.identity());
    }

    /** Reads the blob again, into other memory. What is damaged in accounts that are only read stays there. */
    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return call(onAccountOf(store, key, blobs -> blobs.dropIfDamaged(key, version)), context, Function.identity());
    }

    /** The accounts one after the other, in the order of their names. */
    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        Mono<BlobPage> page = accounts(store).flatMap(found -> {
            List<StorageAccount> accounts = found.accounts().stream()
                    .sorted(Comparator.comparing(StorageAccount::name))
                    .toList();
            ListToken place = ListToken.parse(from, accounts);
            return on(place.account(), found.writable(), store, blobs -> blobs.list(range, place.marker()))
                    .map(names -> new BlobPage(names.keys(), place.next(names.nextMarker(), accounts)));
        });
        return call(page, context, Function.identity());
    }

    private <T> Mono<T> onAccountOf(StoreId store, BlobKey key, Function<ContainerBlobs, Mono<T>> work) {
        return accounts(store)
                .flatMap(found -> on(AccountChoice.of(found.accounts(), key), found.writable(), store, work));
    }

    private <T> Mono<T> onWritableAccountOf(StoreId store, BlobKey key, Function<ContainerBlobs, Mono<T>> work) {
        return accounts(store)
                .flatMap(found -> found.writable()
                        ? on(AccountChoice.of(found.accounts(), key), true, store, work)
                        : Mono.error(new KVStoreException(
                                Reason.PERMISSION_DENIED,
                                "the resource is only read here: its own region has no account")));
    }

    private <T> Mono<T> on(
            StorageAccount name, boolean writable, StoreId store, Function<ContainerBlobs, Mono<T>> work) {
        return client.with(
                name,
                account -> work.apply(new ContainerBlobs(
                        account, store.container(), createContainers, writable, () -> newDownload(store))));
    }

    private Mono<ResourceAccounts> accounts(StoreId store) {
        return Mono.defer(() -> closed ? Mono.error(isClosed()) : Mono.fromFuture(resolver.resolve(store.resource())));
    }

    @SuppressWarnings("CollectionUndefinedEquality") // this very call is meant
    private <S, T> CompletableFuture<T> call(Mono<S> work, CallContext context, Function<S, T> answer) {
        if (closed) {
            return CompletableFuture.failedFuture(isClosed());
        }
        CompletableFuture<T> call = StoreCall.start(work, context, timer, answer);
        underWay.add(call);
        call.whenComplete((value, failure) -> underWay.remove(call));
        if (closed) {
            call.completeExceptionally(isClosed()); // closed meanwhile, and not among those that were ended
        }
        return call;
    }

    private static KVStoreException isClosed() {
        return new KVStoreException(Reason.UNAVAILABLE, "the store is closed");
    }

    /** Storage accounts of those in use whose calls fail at once, because they were down a moment ago. */
    public int accountsDown() {
        return client.accountsDown();
    }

    /** Reads whose bytes wait for memory. */
    int readsThatWait() {
        return readMemory.waitingReads();
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        underWay.forEach(call -> call.completeExceptionally(isClosed()));
        client.close();
        resolver.close();
        timer.shutdownNow();
    }

    @Override
    public String toString() {
        return "AzureBlobStore[" + resolver + ", " + client + "]";
    }

    /** Settings of an {@link AzureBlobStore}. */
    public static final class Builder {
        private final AzureClient client;
        private final AccountResolver resolver;
        private boolean createContainers;
        private Duration roomPatience = ROOM_PATIENCE;
        private long maxReadBytes = Runtime.getRuntime().maxMemory() / 8;

        private Builder(AzureClient client, AccountResolver resolver) {
            this.client = client;
            this.resolver = resolver;
        }

        /**
         * Whether the first write to a container makes it, and reads of one that does not exist find nothing; off by
         * default: then both fail with {@link Reason#NOT_FOUND}.
         */
        public Builder createContainers(boolean create) {
            createContainers = create;
            return this;
        }

        /**
         * Bytes of direct memory for payloads that were read, from before they are received until they are closed; an
         * eighth of the largest heap by default, 1 or more. One resource gets half of what is free for others. A read
         * waits up to 5 s for room, then fails with {@link Reason#RESOURCE_EXHAUSTED}; one larger than all of it is
         * read alone.
         */
        public Builder maxReadBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("maxReadBytes: " + bytes + " (expected: 1 or more)");
            }
            maxReadBytes = bytes;
            return this;
        }

        /** How long a read waits for memory. For tests. */
        Builder roomPatience(Duration time) {
            roomPatience = time;
            return this;
        }

        public AzureBlobStore build() {
            return new AzureBlobStore(this);
        }
    }
}
