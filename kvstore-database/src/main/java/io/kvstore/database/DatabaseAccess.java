package io.kvstore.database;

import io.kvstore.accounts.RefreshingCache;
import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what. A resource that is open to all and has no callers is open, whatever is shown. Of any other, and of one that does not exist,
 * somebody whose token is not known hears UNAUTHENTICATED, and a caller that may not use it PERMISSION_DENIED: which of the
 * two it is cannot be told from the answer. That holds while the database can't be asked as well, or outages and floods would
 * tell names apart. What is answered tells nothing; how soon may: a name in use is answered from memory, one that nobody asked
 * for lately after a question to the database. Only where nobody is restricted is a resource that does not exist NOT_FOUND.
 */
final class DatabaseAccess implements AccessPolicy {

    private static final String ANY = "any";

    private final RefreshingCache<ResourceEntry> resources;
    private final RefreshingCache<Caller> callers;
    private final RefreshingCache<Boolean> anyRestriction;

    DatabaseAccess(
            RefreshingCache<ResourceEntry> resources,
            RefreshingCache<Caller> callers,
            RefreshingCache<Boolean> anyRestriction) {
        this.resources = resources;
        this.callers = callers;
        this.anyRestriction = anyRestriction;
    }

    /** What the database said of a resource, or why it said nothing. */
    private record Answer(
            Optional<ResourceEntry> entry, @Nullable KVStoreException failure) {}

    @Override
    public CompletableFuture<Grant> check(String resource, CallerToken token) {
        CompletableFuture<Optional<ResourceEntry>> asked = resources.get(resource);
        if (asked.isDone() && !asked.isCompletedExceptionally()) {
            return decide(resource, token, new Answer(asked.join(), null)); // as almost always: no chain of futures
        }
        return asked.handle((found, failure) -> failure == null
                        ? new Answer(found, null)
                        : new Answer(Optional.empty(), KVStoreException.of(failure)))
                .thenCompose(answer -> decide(resource, token, answer));
    }

    private CompletableFuture<Grant> decide(String resource, CallerToken token, Answer answer) {
        if (answer.entry().isPresent() && answer.entry().get().isOpen()) {
            return granted(answer.entry().get());
        }
        Optional<String> name = Caller.nameIn(token);
        if (name.isEmpty()) {
            return unidentified(resource, answer);
        }
        return callers.get(name.get())
                .thenCompose(found -> found.filter(caller -> caller.owns(token))
                        .map(caller -> identified(resource, caller, answer))
                        .orElseGet(() -> unidentified(resource, answer)));
    }

    private static CompletableFuture<Grant> identified(String resource, Caller caller, Answer answer) {
        if (answer.entry().isPresent() && answer.entry().get().callers().contains(caller.name())) {
            return granted(answer.entry().get());
        }
        if (answer.failure() != null && caller.resources().contains(resource)) {
            return CompletableFuture.failedFuture(answer.failure());
        }
        return refused(Reason.PERMISSION_DENIED, "resource '" + resource + "' may not be used with this token");
    }

    private CompletableFuture<Grant> unidentified(String resource, Answer answer) {
        if (answer.entry().isPresent()) {
            return needsToken(resource);
        }
        KVStoreException otherwise = answer.failure() == null ? DatabaseResources.notFound(resource) : answer.failure();
        return anyRestriction
                .get(ANY)
                .thenCompose(any ->
                        any.isPresent() ? needsToken(resource) : CompletableFuture.<Grant>failedFuture(otherwise));
    }

    private static CompletableFuture<Grant> granted(ResourceEntry entry) {
        return CompletableFuture.completedFuture(entry.maxCalls() == 0 ? Grant.UNLIMITED : new Grant(entry.maxCalls()));
    }

    private static CompletableFuture<Grant> needsToken(String resource) {
        return refused(Reason.UNAUTHENTICATED, "resource '" + resource + "' needs a token that is known here");
    }

    private static CompletableFuture<Grant> refused(Reason reason, String message) {
        return CompletableFuture.failedFuture(new KVStoreException(reason, message));
    }
}
