package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A {@link BlobStore} in maps under one lock: the plainest reading of its contract, for tests. Passes {@link
 * BlobStoreContract}. Answers at once, on the calling thread; bounded by the heap only. Payloads are copied on put.
 *
 * <p>Threading: safe for many threads.
 */
public final class FakeBlobStore implements BlobStore {

    private static final int PAGE_KEYS = 1_000;

    private final Map<StoreId, NavigableMap<String, Blob>> stores = new HashMap<>();
    private long lastVersion;
    private boolean closed;

    @Override
    public synchronized Peek peek(StoreId store, BlobKey key) {
        Blob blob = blobs(store).get(key.name());
        return blob == null ? Peek.ABSENT : Peek.present(blob.info(), Tier.MEMORY);
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return answer(() -> Optional.ofNullable(blobs(store).get(key.name())).map(Blob::share));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return answer(() -> Optional.ofNullable(blobs(store).get(key.name())).map(Blob::info));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        return answer(() -> {
            Blob stored = blobs(store).get(key.name());
            if (stored != null) {
                return new PutResult(false, stored.info());
            }
            Payload copy = Payload.wrap(payload.toByteArray());
            stores.computeIfAbsent(store, id -> new TreeMap<>())
                    .put(key.name(), new Blob(info, copy, Tier.MEMORY, Long.toString(++lastVersion)));
            return new PutResult(true, info);
        });
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return answer(() -> remove(store, key, blob -> true));
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return answer(() -> remove(store, key, blob -> blob.version().equals(version)));
    }

    private boolean remove(StoreId store, BlobKey key, Predicate<Blob> which) {
        Blob blob = blobs(store).get(key.name());
        if (blob == null || !which.test(blob)) {
            return false;
        }
        blobs(store).remove(key.name());
        blob.close();
        return true;
    }

    /** Pages go on after the last name of the page before, so that nothing is missed whatever is put or deleted meanwhile. */
    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return answer(() -> {
            List<String> names = blobs(store).tailMap(from.orElse(""), false).keySet().stream()
                    .filter(name -> name.startsWith(range.prefix()))
                    .limit(PAGE_KEYS)
                    .toList();
            return new BlobPage(
                    names.stream()
                            .map(name -> BlobKey.parse(name).orElseThrow())
                            .toList(),
                    names.size() < PAGE_KEYS ? Optional.empty() : Optional.of(names.get(PAGE_KEYS - 1)));
        });
    }

    private NavigableMap<String, Blob> blobs(StoreId store) {
        return stores.getOrDefault(store, new TreeMap<>());
    }

    private synchronized <T> CompletableFuture<T> answer(Supplier<T> work) {
        if (closed) {
            return CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "the blob store is closed"));
        }
        try {
            return CompletableFuture.completedFuture(work.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(KVStoreException.of(e));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        stores.values().forEach(blobs -> blobs.values().forEach(Blob::close));
        stores.clear();
    }
}
