package io.kvstore.azurite;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A running Azurite, reachable from this machine only.
 *
 * <p>It needs Node.js and npm on the PATH; the first start on a machine downloads it (about 190 MB on disk, under {@code
 * $XDG_CACHE_HOME/kvstore} or {@code ~/.cache/kvstore}), later ones need no network. It ends with {@link #close()}, and with
 * this process however that ends. What it keeps on disk is as durable as Azurite makes it, which is not at all as Azure does.
 *
 * <p>Safe for many threads.
 */
public final class Azurite implements AutoCloseable {

    private static final long CLOSE_SECONDS = 10;

    private final Process process;
    private final Optional<DirectoryLock> lock;
    private final URI address;
    private final String key;
    private final Optional<X509Certificate> certificate;
    private final Thread hook;
    private volatile boolean ending;

    /** @param lock of the directory that the process keeps its data in; let go of when that has ended */
    Azurite(
            Process process,
            Optional<DirectoryLock> lock,
            URI address,
            String key,
            Optional<X509Certificate> certificate) {
        this.process = process;
        this.lock = lock;
        this.address = address;
        this.key = key;
        this.certificate = certificate;
        // Azurite ends with us in any case; the hook also waits for it.
        this.hook = new Thread(this::end, "kvstore-azurite-end");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    public static AzuriteBuilder builder() {
        return new AzuriteBuilder();
    }

    /** Where it listens, such as {@code http://127.0.0.1:40793}. */
    public URI address() {
        return address;
    }

    /**
     * The base address of an account's blob service, such as {@code http://127.0.0.1:40793/acme}. There is every account that
     * is asked for.
     *
     * @param account 3-24 of a-z, 0-9, as in Azure
     */
    public URI endpoint(String account) {
        if (!account.matches("[a-z0-9]{3,24}")) {
            throw new IllegalArgumentException("account: '" + account + "' (expected: 3-24 of a-z, 0-9)");
        }
        return address.resolve("/" + account);
    }

    /** The key of every account, Base64: made for this process, so that no secret has to be kept anywhere. */
    public String accountKey() {
        return key;
    }

    /** What a client has to trust over HTTPS; empty over HTTP. */
    public Optional<X509Certificate> certificate() {
        return certificate;
    }

    /**
     * A bearer token that Azurite takes over HTTPS, good for an hour. It checks issuer, audience and times but no signature,
     * and this one has none.
     */
    public String token() {
        long now = System.currentTimeMillis() / 1_000;
        String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
        String claims = String.format(
                "{\"aud\":\"https://storage.azure.com\",\"iss\":\"https://sts.windows.net/%s/\","
                        + "\"iat\":%d,\"nbf\":%d,\"exp\":%d,\"ver\":\"1.0\"}",
                "00000000-0000-0000-0000-000000000001", now - 60, now - 60, now + 3_600);
        return base64(header) + "." + base64(claims) + "." + base64("unsigned");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The process, for tests that end it. */
    public ProcessHandle process() {
        return process.toHandle();
    }

    /** Runs that once if Azurite ends and nobody {@link #close closed} it: on a thread of the JVM's, which it must not keep. */
    public void onUnexpectedEnd(Runnable then) {
        var unused = process.onExit().thenRun(() -> {
            if (!ending) {
                then.run();
            }
        });
    }

    /**
     * For who needs it while the JVM shuts down, and closes it then: it is no longer ended as soon as that begins, but by
     * {@link #close()}, or after this process. Does nothing once the JVM is shutting down.
     */
    public void keepDuringShutdown() {
        removeHook();
    }

    /** Ends Azurite and waits for that. Closing again does nothing. */
    @Override
    public void close() {
        end();
        removeHook();
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs, or ran; it found the work done.
            return;
        }
    }

    private void end() {
        ending = true;
        try {
            // What azurite.js takes as the sign to end.
            process.getOutputStream().close();
        } catch (IOException alreadyGone) {
            // Then there is nothing to tell.
        }
        try {
            process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        try {
            process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS);
            if (lock.isPresent()) {
                lock.get().close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the lock stays until this process ends
        } catch (IOException alreadyClosed) {
            // Then it holds nobody up.
        }
    }
}
