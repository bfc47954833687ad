package io.kvstore.testkit.azure;

import io.kvstore.azurite.Azurite;
import io.kvstore.azurite.AzuriteMissingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Azurite for tests, and an account of its own for each of them:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final AzuriteExtension AZURITE = AzuriteExtension.http();
 *
 * String account = AZURITE.freshAccount();
 * URI endpoint = AZURITE.azurite().endpoint(account);
 * }</pre>
 *
 * <p>One process serves all test classes of a JVM and ends with it. Where Node.js or npm is missing, or nothing can be
 * downloaded, the tests are skipped and say why; where the environment says {@code CI=true} they fail.
 */
public final class AzuriteExtension implements BeforeAllCallback {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(AzuriteExtension.class);

    private final boolean https;
    private @Nullable Shared shared;

    private AzuriteExtension(boolean https) {
        this.https = https;
    }

    /** Over HTTP, where clients sign with {@link Azurite#accountKey()}. */
    public static AzuriteExtension http() {
        return new AzuriteExtension(false);
    }

    /** Over HTTPS, where clients trust {@link Azurite#certificate()} and may show {@link Azurite#token()}. */
    public static AzuriteExtension https() {
        return new AzuriteExtension(true);
    }

    /** Starts it unless another test class did. */
    @Override
    public void beforeAll(ExtensionContext context) {
        ExtensionContext.Store store = context.getRoot().getStore(NAMESPACE);
        shared = store.getOrComputeIfAbsent(https, key -> new Shared(start()), Shared.class);
    }

    private Azurite start() {
        var builder = Azurite.builder();
        if (https) {
            builder.https();
        }
        try {
            return builder.start();
        } catch (AzuriteMissingException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError(e.getMessage(), e);
            }
            return Assumptions.abort(e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** The process that all test classes share. */
    public Azurite azurite() {
        return shared().azurite;
    }

    /** The name of an account that no other test has, and in which nothing is. */
    public String freshAccount() {
        return shared().freshAccount();
    }

    private Shared shared() {
        Shared started = shared;
        if (started == null) {
            throw new IllegalStateException("not started (expected: a static field with @RegisterExtension)");
        }
        return started;
    }

    /** Closed by JUnit at the end of all tests. */
    private static final class Shared implements AutoCloseable {
        final Azurite azurite;
        private final AtomicInteger given = new AtomicInteger();

        Shared(Azurite azurite) {
            this.azurite = azurite;
        }

        String freshAccount() {
            return "fresh" + given.getAndIncrement();
        }

        @Override
        public void close() {
            azurite.close();
        }
    }
}
