package io.kvstore.azure;

import com.azure.core.util.FluxUtil;
import com.azure.storage.blob.models.BlobDownloadAsyncResponse;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.DownloadRetryOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Small blobs of one container, read whole: where a configuration store keeps its documents.
 *
 * <p>Threading: safe for many threads; never blocks, never throws. A read ends within 4 s, a listing within 30.
 */
public final class AzureDocuments {

    /** Bytes of a document, at most. */
    public static final int MAX_BYTES = 1 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final Duration LIST_PATIENCE = Duration.ofSeconds(30);

    private final AzureClient client;
    private final StorageAccount account;
    private final String container;

    /**
     * The documents of that container.
     *
     * @param client stays the caller's to close
     */
    public AzureDocuments(AzureClient client, StorageAccount account, String container) {
        this.client = client;
        this.account = account;
        this.container = container;
    }

    /**
     * The document of that name, empty when there is none. Whatever else goes wrong, a container that does not exist included,
     * is {@link Reason#UNAVAILABLE}: it says nothing about the document.
     */
    public CompletableFuture<Optional<byte[]>> fetch(String name) {
        return client.with(account, opened -> read(opened, name))
                .timeout(PATIENCE)
                .onErrorMap(AzureDocuments::unavailable)
                .toFuture();
    }

    /**
     * The names of the documents, at most so many: a request for every 5,000. Fails with {@link Reason#UNAVAILABLE} when they
     * cannot be listed, or not within 30 s.
     */
    public CompletableFuture<Set<String>> names(int most) {
        return client.with(
                        account,
                        opened -> opened.container(container)
                                .listBlobs()
                                .map(BlobItem::getName)
                                .take(most)
                                .collect(Collectors.toSet()))
                .timeout(LIST_PATIENCE)
                .onErrorMap(AzureDocuments::unavailable)
                .toFuture();
    }

    private Mono<Optional<byte[]>> read(Account opened, String name) {
        return opened.container(container)
                .getBlobAsyncClient(name)
                .downloadStreamWithResponse(null, new DownloadRetryOptions().setMaxRetryRequests(1), null, false)
                .flatMap(AzureDocuments::bytes)
                .map(Optional::of)
                .onErrorResume(AzureFailures::isBlobNotFound, absent -> Mono.just(Optional.empty()));
    }

    private static Mono<byte[]> bytes(BlobDownloadAsyncResponse response) {
        Long length = response.getDeserializedHeaders().getContentLength();
        if (length != null && length <= MAX_BYTES) {
            return FluxUtil.collectBytesInByteBufferStream(response.getValue(), length.intValue());
        }
        try {
            response.close();
        } catch (IOException e) {
            return Mono.error(e);
        }
        return Mono.error(new KVStoreException(
                Reason.UNAVAILABLE, "the document has more than " + MAX_BYTES + " bytes, or does not say how many"));
    }

    private static KVStoreException unavailable(Throwable failure) {
        if (failure instanceof KVStoreException known && known.reason() == Reason.UNAVAILABLE) {
            return known;
        }
        return new KVStoreException(
                Reason.UNAVAILABLE, "the configuration store cannot be read", UntoldFailure.of(failure));
    }

    @Override
    public String toString() {
        return account.endpoint() + "/" + container;
    }
}
