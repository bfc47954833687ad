package io.kvstore.testkit.azure;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Optional;

/** {@code If-Match} and {@code If-None-Match} of a request. */
record Conditions(Optional<String> ifMatch, Optional<String> ifNoneMatch) {

    static Conditions of(BlobRequest request) {
        return new Conditions(request.header(HttpHeaderNames.IF_MATCH), request.header(HttpHeaderNames.IF_NONE_MATCH));
    }

    /** Why a write is not to be done, given what is there. */
    Optional<Answer> refuseWrite(Optional<StoredBlob> there) {
        if (ifNoneMatch.isPresent() && there.isPresent() && matches(ifNoneMatch.get(), there.get())) {
            return Optional.of(
                    ifNoneMatch.get().equals("*")
                            ? Answer.error(409, "BlobAlreadyExists", false)
                            : Answer.error(412, "ConditionNotMet", false));
        }
        boolean stale = ifMatch.isPresent()
                && there.filter(blob -> matches(ifMatch.get(), blob)).isEmpty();
        return stale ? Optional.of(Answer.error(412, "ConditionNotMet", false)) : Optional.empty();
    }

    /** Why {@code blob} is not to be read. */
    Optional<Answer> refuseRead(StoredBlob blob, boolean isHead) {
        if (ifNoneMatch.isPresent() && matches(ifNoneMatch.get(), blob)) {
            return Optional.of(Answer.of(304).with(HttpHeaderNames.ETAG, blob.etag));
        }
        boolean stale = ifMatch.isPresent() && !matches(ifMatch.get(), blob);
        return stale ? Optional.of(Answer.error(412, "ConditionNotMet", isHead)) : Optional.empty();
    }

    private static boolean matches(String wanted, StoredBlob blob) {
        // Quoted or not: the SDK scrubs the quotes, and Azure takes both.
        return wanted.equals("*") || wanted.replace("\"", "").equals(blob.etag.replace("\"", ""));
    }
}
