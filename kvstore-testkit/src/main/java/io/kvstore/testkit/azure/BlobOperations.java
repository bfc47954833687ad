package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Azure does and answers when nothing goes wrong. */
final class BlobOperations {

    private static final String META = "x-ms-meta-";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private final StoredBlobs stored;
    private final ServiceClock clock;
    private final AtomicLong versions = new AtomicLong();

    BlobOperations(StoredBlobs stored, ServiceClock clock) {
        this.stored = stored;
        this.clock = clock;
    }

    /** Does what is asked. Takes the claim on {@code body}; the caller has the one on the answer. */
    Answer answer(BlobRequest request, ByteBuf body) {
        if (request.kind() == RequestKind.PUT_BLOB) {
            return put(request, body);
        }
        body.release();
        return switch (request.kind()) {
            case GET_BLOB, HEAD_BLOB -> get(request);
            case DELETE_BLOB -> delete(request);
            case LIST_BLOBS -> inContainer(request, blobs -> new BlobListing(blobs, request).answer());
            case CREATE_CONTAINER ->
                stored.createContainer(request.account(), request.container())
                        ? Answer.of(201)
                                .with(HttpHeaderNames.ETAG, newEtag())
                                .with(HttpHeaderNames.LAST_MODIFIED, clock.now())
                        : Answer.error(409, "ContainerAlreadyExists", false);
            case HEAD_CONTAINER ->
                inContainer(
                        request,
                        blobs -> Answer.of(200)
                                .with(HttpHeaderNames.ETAG, "\"0x1\"")
                                .with(HttpHeaderNames.LAST_MODIFIED, clock.now()));
            case DELETE_CONTAINER ->
                stored.deleteContainer(request.account(), request.container())
                        ? Answer.of(202)
                        : Answer.error(404, "ContainerNotFound", false);
            default -> Answer.error(501, "NotImplemented", request.isHead());
        };
    }

    private Answer inContainer(BlobRequest request, Function<NavigableMap<String, StoredBlob>, Answer> work) {
        return stored.container(request.account(), request.container())
                .map(work)
                .orElseGet(() -> Answer.error(404, "ContainerNotFound", request.isHead()));
    }

    private Answer put(BlobRequest request, ByteBuf body) {
        Optional<NavigableMap<String, StoredBlob>> container = stored.container(request.account(), request.container());
        if (container.isEmpty() || !stored.reserve(body.readableBytes())) {
            body.release();
            return container.isEmpty()
                    ? Answer.error(404, "ContainerNotFound", false)
                    : Answer.error(507, "TheFakeIsFull", false);
        }
        StoredBlob blob = new StoredBlob(
                newEtag(),
                clock.now(),
                request.header("x-ms-blob-content-type").orElse("application/octet-stream"),
                metadata(request),
                body);
        Optional<Answer> refused = write(container.get(), request, blob);
        if (refused.isPresent()) {
            stored.dropped(blob);
            return refused.get();
        }
        stored.added(container.get(), request.blob(), blob);
        return Answer.of(201)
                .with(HttpHeaderNames.ETAG, blob.etag)
                .with(HttpHeaderNames.LAST_MODIFIED, blob.lastModified)
                .with("x-ms-request-server-encrypted", "true");
    }

    /** One decision on what is there, whoever else writes the same name: the refusal, or nothing when it was done. */
    private Optional<Answer> write(NavigableMap<String, StoredBlob> blobs, BlobRequest request, StoredBlob blob) {
        Conditions conditions = Conditions.of(request);
        while (true) {
            StoredBlob there = blobs.get(request.blob());
            Optional<Answer> refused = conditions.refuseWrite(Optional.ofNullable(there));
            if (refused.isPresent()) {
                return refused;
            }
            if (there == null) {
                if (blobs.putIfAbsent(request.blob(), blob) == null) {
                    return Optional.empty();
                }
            } else if (blobs.replace(request.blob(), there, blob)) {
                stored.dropped(there);
                return Optional.empty();
            }
        }
    }

    private Answer get(BlobRequest request) {
        return inContainer(request, blobs -> {
            StoredBlob blob = blobs.get(request.blob());
            if (blob == null) {
                return Answer.error(404, "BlobNotFound", request.isHead());
            }
            Optional<Answer> refused = Conditions.of(request).refuseRead(blob, request.isHead());
            if (refused.isPresent()) {
                return refused.get();
            }
            return described(request.isHead() ? head(blob) : bytes(request, blob), blob);
        });
    }

    private static Answer head(StoredBlob blob) {
        return Answer.of(200).with(HttpHeaderNames.CONTENT_LENGTH, blob.sizeBytes);
    }

    private static Answer bytes(BlobRequest request, StoredBlob blob) {
        Optional<String> asked = request.header("x-ms-range").or(() -> request.header(HttpHeaderNames.RANGE));
        Matcher range = RANGE.matcher(asked.orElse(""));
        // Azure answers 416 for a range of an empty blob, and the SDK then asks for the whole.
        boolean ranged = range.matches();
        long from = ranged ? Long.parseLong(range.group(1)) : 0;
        if (ranged && from >= blob.sizeBytes) {
            return Answer.error(416, "InvalidRange", false).with("Content-Range", "bytes */" + blob.sizeBytes);
        }
        long last = ranged && !range.group(2).isEmpty() ? Long.parseLong(range.group(2)) : Long.MAX_VALUE;
        int length = (int) (Math.min(last, blob.sizeBytes - 1L) - from + 1);
        Optional<ByteBuf> body = blob.slice((int) from, length);
        if (body.isEmpty()) {
            return Answer.error(404, "BlobNotFound", false);
        }
        Answer answer = Answer.of(ranged ? 206 : 200, body.get());
        return ranged
                ? answer.with("Content-Range", "bytes " + from + "-" + (from + length - 1) + "/" + blob.sizeBytes)
                : answer;
    }

    private static Answer described(Answer answer, StoredBlob blob) {
        if (answer.status().code() >= 300) {
            return answer;
        }
        blob.metadata.forEach((name, value) -> answer.with(META + name, value));
        return answer.with(HttpHeaderNames.ETAG, blob.etag)
                .with(HttpHeaderNames.LAST_MODIFIED, blob.lastModified)
                .with(HttpHeaderNames.CONTENT_TYPE, blob.contentType)
                .with(HttpHeaderNames.ACCEPT_RANGES, "bytes")
                .with("x-ms-creation-time", blob.lastModified)
                .with("x-ms-blob-type", "BlockBlob");
    }

    private Answer delete(BlobRequest request) {
        return inContainer(request, blobs -> {
            StoredBlob blob = blobs.get(request.blob());
            if (blob == null) {
                return Answer.error(404, "BlobNotFound", false);
            }
            Optional<Answer> refused = Conditions.of(request).refuseWrite(Optional.of(blob));
            if (refused.isPresent()) {
                return refused.get();
            }
            if (!blobs.remove(request.blob(), blob)) {
                return Answer.error(404, "BlobNotFound", false);
            }
            stored.dropped(blob);
            return Answer.of(202);
        });
    }

    private static Map<String, String> metadata(BlobRequest request) {
        Map<String, String> metadata = new HashMap<>();
        for (Map.Entry<String, String> header : request.headers()) {
            if (header.getKey().toLowerCase(Locale.ROOT).startsWith(META)) {
                metadata.put(header.getKey().substring(META.length()), header.getValue());
            }
        }
        return metadata;
    }

    private String newEtag() {
        return "\"0x8D" + Long.toHexString(versions.incrementAndGet()).toUpperCase(Locale.ROOT) + "\"";
    }
}
