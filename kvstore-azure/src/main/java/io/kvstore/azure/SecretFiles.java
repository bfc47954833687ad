package io.kvstore.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A credential with fields that are in files. What was read last counts until something else was read, by two looks in
 * a row alike, that can be used: a file may be half written.
 *
 * <p>Threading: safe for many threads.
 */
final class SecretFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SecretFiles.class);

    private final String name;
    private final Supplier<Map<String, String>> files;
    private final Function<Map<String, String>, AzureCredential> made;
    private Map<String, String> fields;
    /** By the last look. */
    private Map<String, String> seen;

    private boolean trouble;
    private volatile AzureCredential latest;

    /**
     * Reads them for the first time.
     *
     * @param name of the credential, "" for the default, for the log
     * @param files reads the credential's fields, with those that are in files; throws IllegalArgumentException, without a
     *     secret in its message
     * @param made makes a credential of them, or throws the same
     */
    SecretFiles(String name, Supplier<Map<String, String>> files, Function<Map<String, String>, AzureCredential> made) {
        this.name = name;
        this.files = files;
        this.made = made;
        this.fields = files.get();
        this.seen = fields;
        this.latest = made.apply(fields);
    }

    /** Looks whether there is something else in them; blocks as long as it takes to read them. */
    synchronized void readAgain() {
        try {
            Map<String, String> now = files.get();
            boolean asBefore = now.equals(seen);
            seen = now;
            if (asBefore && !now.equals(fields)) {
                latest = made.apply(now);
                fields = now;
                LOG.info("A credential was read again: name='{}' credential={}", name, latest);
            }
            trouble = false;
        } catch (IllegalArgumentException e) {
            if (!trouble) {
                LOG.warn(
                        "A credential cannot be read again, the last one counts: name='{}' message='{}'",
                        name,
                        e.getMessage());
            }
            trouble = true;
        }
    }

    /** Signs with what was read last. */
    AzureCredential.Signing open(HttpClient login) {
        Opening opening = new Opening(login);
        return account -> new LatestPolicy(opening, account);
    }

    @Override
    public String toString() {
        return latest.toString();
    }

    /** The latest credential made ready: once for all accounts, which share its tokens. */
    private final class Opening {
        private final HttpClient login;
        private volatile @Nullable Opened last;

        private Opening(HttpClient login) {
            this.login = login;
        }

        private Opened latest() {
            Opened known = last;
            return known != null && known.credential == latest ? known : openLatest();
        }

        private synchronized Opened openLatest() {
            AzureCredential credential = latest;
            Opened known = last;
            if (known == null || known.credential != credential) {
                known = new Opened(credential, Objects.requireNonNull(credential.open(login)));
                last = known;
            }
            return known;
        }
    }

    private record Opened(AzureCredential credential, AzureCredential.Signing signing) {}

    private record Policy(Opened opened, HttpPipelinePolicy of) {}

    /** Signs the requests of one account. */
    private static final class LatestPolicy implements HttpPipelinePolicy {
        private final Opening opening;
        private final String account;
        private volatile Policy last;

        private LatestPolicy(Opening opening, String account) {
            this.opening = opening;
            this.account = account;
            this.last = policy(opening.latest());
        }

        private Policy policy(Opened opened) {
            return new Policy(opened, opened.signing.of(account));
        }

        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            Opened now = opening.latest();
            Policy known = last;
            if (known.opened.credential != now.credential) {
                known = policy(now);
                last = known;
            }
            return known.of.process(context, next);
        }
    }
}
