package io.kvstore.azure;

import com.azure.storage.blob.models.BlobDownloadAsyncResponse;
import com.azure.storage.blob.models.BlobDownloadHeaders;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.kvstore.api.Reason;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Reads one blob: for a caller, or once more when it was read wrong. */
final class BlobReads {

    private final BlockBlobAsyncClient blob;
    private final Semaphore waits;

    /** What a download has told, before its bytes are taken. */
    record Read(BlobInfo info, String version) {
        Blob blob(Download download) {
            return new Blob(info, download.payload(), Tier.REMOTE, version);
        }
    }

    /** @param waits permits for bodies that may hold a connection while they wait for memory */
    BlobReads(BlockBlobAsyncClient blob, Semaphore waits) {
        this.blob = blob;
        this.waits = waits;
    }

    /**
     * The blob, its bytes in {@code download}.
     *
     * @param whenDamaged what comes of a version whose description is not that of the bytes
     */
    Mono<Read> read(Download download, BiFunction<String, RuntimeException, Mono<Read>> whenDamaged) {
        return read(null, download, whenDamaged);
    }

    private Mono<Read> read(
            @Nullable BlobRequestConditions conditions,
            Download download,
            BiFunction<String, RuntimeException, Mono<Read>> whenDamaged) {
        return blob.downloadStreamWithResponse(
                        null, new DownloadRetryOptions().setMaxRetryRequests(1), conditions, false)
                .contextWrite(Context.of(NettyTransport.DOWNLOAD, download))
                .flatMap(response -> receive(response, download, whenDamaged));
    }

    private Mono<Read> receive(
            BlobDownloadAsyncResponse response,
            Download download,
            BiFunction<String, RuntimeException, Mono<Read>> whenDamaged) {
        BlobDownloadHeaders headers = response.getDeserializedHeaders();
        try {
            BlobInfo info = BlobMetadata.read(headers.getMetadata(), headers.getContentLength());
            Read read = new Read(info, headers.getETag());
            BlobRequestConditions same = new BlobRequestConditions().setIfMatch(read.version());
            return download.fill(info.payloadBytes(), response.getValue(), waits)
                    .flatMap(filled -> filled ? Mono.just(read) : read(same, download, whenDamaged));
        } catch (RuntimeException e) {
            closeUnread(response);
            return isDamage(e) ? whenDamaged.apply(headers.getETag(), e) : Mono.error(e);
        }
    }

    private static void closeUnread(BlobDownloadAsyncResponse response) {
        try {
            response.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isDamage(Throwable failure) {
        return AzureFailures.of(failure).reason() == Reason.DATA_LOSS;
    }

    /**
     * What is stored under that version, read into memory of its own, when description, length and checksum are right;
     * nothing when one is not, or when it is gone.
     */
    Mono<Optional<BlobInfo>> readAgain(String version, Supplier<Download> download) {
        return Mono.using(
                download::get,
                fresh -> read(
                                new BlobRequestConditions().setIfMatch(version),
                                fresh,
                                (read, damage) -> Mono.error(damage))
                        // Up to 100 MiB are summed: not on the event loop that brought them.
                        .publishOn(Schedulers.boundedElastic())
                        .map(read -> fresh.crc32c() == read.info().crc32c()
                                ? Optional.of(read.info())
                                : Optional.<BlobInfo>empty())
                        .onErrorResume(
                                failure -> isDamage(failure) || isGone(failure), wrong -> Mono.just(Optional.empty())),
                Download::discard);
    }

    private static boolean isGone(Throwable failure) {
        return AzureFailures.isConditionNotMet(failure)
                || AzureFailures.isBlobNotFound(failure)
                || AzureFailures.isContainerNotFound(failure);
    }
}
