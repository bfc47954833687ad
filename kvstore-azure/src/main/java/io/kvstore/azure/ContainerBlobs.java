package io.kvstore.azure;

import com.azure.core.http.rest.Response;
import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** The requests to one container of one account, and what their answers mean. */
final class ContainerBlobs {

    private static final Logger LOG = LoggerFactory.getLogger(ContainerBlobs.class);
    private static final int PAGE_BLOBS = 5_000;
    private static final Pattern ETAG = Pattern.compile("\"?[A-Za-z0-9+/=_:-]{1,128}\"?");
    private static final BlobRequestConditions ABSENT = new BlobRequestConditions().setIfNoneMatch("*");

    /** Deletes and puts of others may cross a put of ours; more often than this they do not by accident. */
    private static final int MAX_PUTS = 3;

    private final Account account;
    private final BlobContainerAsyncClient container;
    private final boolean createContainers;
    private final boolean writable;
    private final Supplier<Download> downloads;

    /** A page of names. */
    record Names(List<BlobKey> keys, String nextMarker) {}

    /**
     * Opens nothing.
     *
     * @param writable whether what is damaged may be deleted
     * @param downloads memory to read a blob again into
     */
    ContainerBlobs(
            Account account,
            String container,
            boolean createContainers,
            boolean writable,
            Supplier<Download> downloads) {
        this.account = account;
        this.container = account.container(container);
        this.createContainers = createContainers;
        this.writable = writable;
        this.downloads = downloads;
    }

    private BlockBlobAsyncClient blob(BlobKey key) {
        return container.getBlobAsyncClient(key.name()).getBlockBlobAsyncClient();
    }

    /** The blob, its bytes in {@code download}. */
    Mono<Optional<BlobReads.Read>> get(BlobKey key, Download download) {
        return new BlobReads(blob(key), account.waits())
                .read(download, (version, damage) -> readWrong(key, version, damage))
                .map(Optional::of)
                .onErrorResume(this::isAbsence, absent -> Mono.just(Optional.empty()));
    }

    private Mono<BlobReads.Read> readWrong(BlobKey key, String version, RuntimeException damage) {
        return dropIfDamaged(key, version)
                .flatMap(damaged -> Mono.error(
                        damaged
                                ? damage
                                : new KVStoreException(
                                        Reason.UNAVAILABLE, "the stored blob could not be read this time")));
    }

    /**
     * Deletes what {@code version} names, so that it counts as absent and can be written again, if it is read wrong
     * once more: one bad answer, or bad memory of this machine, must not cost an intact blob. A delete that is refused,
     * as by a SAS for reading, leaves it damaged.
     *
     * @return false when it is intact
     */
    Mono<Boolean> dropIfDamaged(BlobKey key, String version) {
        if (!ETAG.matcher(version).matches()) {
            return Mono.just(true);
        }
        Mono<Boolean> drop = dropDamaged(key, version).onErrorResume(refused -> {
            LOG.warn(
                    "Damaged blob cannot be deleted: account={} key={} failure={}",
                    account,
                    key,
                    AzureFailures.inShort(refused));
            return Mono.just(false);
        });
        return intactOr(drop, key, version).map(Optional::isEmpty);
    }

    /** What a second look at {@code version} finds intact; else nothing, once {@code drop} has ended. */
    private Mono<Optional<BlobInfo>> intactOr(Mono<Boolean> drop, BlobKey key, String version) {
        return new BlobReads(blob(key), account.waits())
                .readAgain(version, downloads)
                .flatMap(intact -> intact.isPresent() ? Mono.just(intact) : drop.thenReturn(Optional.empty()));
    }

    private Mono<Boolean> dropDamaged(BlobKey key, String version) {
        return Mono.defer(() -> {
            LOG.error("Stored blob is damaged: account={} key={} isDropped={}", account, key, writable);
            return writable ? deleteVersion(key, version) : Mono.just(false);
        });
    }

    /** One that is damaged counts as absent: a lookup ends there, what is written in its place replaces it. */
    Mono<Optional<BlobInfo>> head(BlobKey key) {
        return properties(key)
                .map(found -> Optional.of(BlobMetadata.read(found.getMetadata(), found.getBlobSize())))
                .onErrorResume(
                        failure -> isAbsence(failure) || BlobReads.isDamage(failure),
                        absent -> Mono.just(Optional.empty()));
    }

    private Mono<BlobProperties> properties(BlobKey key) {
        return blob(key).getPropertiesWithResponse(null).map(Response::getValue);
    }

    /** What is stored under a name that is taken; nothing when it is gone meanwhile, or was damaged and is dropped. */
    private Mono<Optional<BlobInfo>> taken(BlobKey key) {
        return properties(key)
                .flatMap(found -> Mono.fromSupplier(
                                () -> Optional.of(BlobMetadata.read(found.getMetadata(), found.getBlobSize())))
                        .onErrorResume(
                                BlobReads::isDamage,
                                damage -> intactOr(dropDamaged(key, found.getETag()), key, found.getETag())))
                .onErrorResume(this::isAbsence, absent -> Mono.just(Optional.empty()));
    }

    /** Whether that failure says that there is no blob. */
    private boolean isAbsence(Throwable failure) {
        return AzureFailures.isBlobNotFound(failure)
                || (createContainers && AzureFailures.isContainerNotFound(failure));
    }

    /** Stores the blob unless one of that name is stored; the payload's claim stays the caller's and open until this ends. */
    Mono<PutResult> put(BlobKey key, BlobInfo info, Map<String, String> metadata, Payload payload) {
        return put(key, info, metadata, payload, MAX_PUTS);
    }

    private Mono<PutResult> put(
            BlobKey key, BlobInfo info, Map<String, String> metadata, Payload payload, int putsLeft) {
        if (putsLeft == 0) {
            return Mono.error(new KVStoreException(
                    Reason.UNAVAILABLE, "the blob comes and goes while it is put", Duration.ofSeconds(1), null));
        }
        return upload(key, metadata, payload)
                .onErrorResume(
                        failure -> createContainers && AzureFailures.isContainerNotFound(failure),
                        missing -> createContainer().then(upload(key, metadata, payload)))
                .then(Mono.just(new PutResult(true, info)))
                .onErrorResume(
                        AzureFailures::isBlobThere,
                        // Not a success before what is stored was read. Deleted in between: it may be ours to put.
                        there -> taken(key)
                                .flatMap(found -> found.map(stored -> Mono.just(new PutResult(false, stored)))
                                        .orElseGet(() -> put(key, info, metadata, payload, putsLeft - 1))));
    }

    private Mono<Void> upload(BlobKey key, Map<String, String> metadata, Payload payload) {
        boolean inPlace = account.writesInPlace();
        BinaryData body = inPlace
                ? BinaryData.fromListByteBuffer(payload.buffers())
                : BinaryData.fromBytes(payload.toByteArray());
        BlockBlobSimpleUploadOptions upload =
                new BlockBlobSimpleUploadOptions(body).setMetadata(metadata).setRequestConditions(ABSENT);
        return blob(key)
                .uploadWithResponse(upload)
                .contextWrite(inPlace ? Context.of(NettyTransport.PAYLOAD, payload) : Context.empty())
                .then();
    }

    private Mono<Void> createContainer() {
        return container
                .createWithResponse(null, null)
                .then()
                .onErrorResume(AzureFailures::isContainerThere, there -> Mono.empty());
    }

    Mono<Boolean> delete(BlobKey key) {
        return delete(key, null);
    }

    /** Whether what {@code version} names was there and is gone. */
    Mono<Boolean> deleteVersion(BlobKey key, String version) {
        if (!ETAG.matcher(version).matches()) {
            return Mono.just(false);
        }
        return delete(key, new BlobRequestConditions().setIfMatch(version))
                .onErrorResume(AzureFailures::isConditionNotMet, other -> Mono.just(false));
    }

    private Mono<Boolean> delete(BlobKey key, @Nullable BlobRequestConditions conditions) {
        return blob(key)
                .deleteWithResponse(null, conditions)
                .thenReturn(true)
                .onErrorResume(this::isAbsence, absent -> Mono.just(false));
    }

    /** The names of that range from that marker on, "" for the first. */
    Mono<Names> list(KeyRange range, String marker) {
        ListBlobsOptions options = new ListBlobsOptions()
                .setMaxResultsPerPage(PAGE_BLOBS)
                .setDetails(new BlobListDetails())
                .setPrefix(range.prefix().isEmpty() ? null : range.prefix());
        return container
                .listBlobs(options, marker.isEmpty() ? null : marker)
                .byPage()
                .next()
                .map(page -> new Names(
                        page.getValue().stream()
                                .map(BlobItem::getName)
                                .map(BlobKey::parse) // what is not ours is nobody's chunk
                                .flatMap(Optional::stream)
                                .toList(),
                        Objects.requireNonNullElse(page.getContinuationToken(), "")))
                .onErrorMap(
                        failure -> !marker.isEmpty() && AzureFailures.isBadMarker(failure), bad -> ListToken.refused())
                .onErrorResume(
                        failure -> createContainers && AzureFailures.isContainerNotFound(failure),
                        missing -> Mono.just(new Names(List.of(), "")));
    }
}
