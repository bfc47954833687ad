package io.kvstore.bench;

import io.kvstore.azurite.Azurite;
import io.kvstore.testkit.azure.FakeBlobProcess;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An object storage on this machine that servers keep their chunks in; ends when it is closed, and with this process. */
final class StorageProcess implements AutoCloseable {

    /** What there is. */
    enum Kind {
        /** A storage that costs next to nothing, so that what is measured is the server: it keeps the newest 2 GiB in memory. */
        FAKE,
        /** Azure's emulator: correct, and slower than any server of ours. */
        AZURITE;

        boolean forgetsWhatIsOld() {
            return this == FAKE;
        }
    }

    private static final long FAKE_BYTES = 2L << 30;
    private static final String LISTENING = "listening on ";
    private static final long END_SECONDS = 10;

    /** Of any form that requests can be signed with: the fake looks at no signature. */
    private static final String ANY_KEY = "bm90IGEgc2VjcmV0LCBidXQgYXMgbG9uZyBhcyBvbmU=";

    private final Closeable process;
    private final String address;
    private final String key;

    private StorageProcess(Closeable process, String address, String key) {
        this.process = process;
        this.address = address;
        this.key = key;
    }

    /** Starts one and waits until it serves. */
    static StorageProcess start(Kind kind) throws IOException {
        return kind == Kind.FAKE ? startFake() : startAzurite();
    }

    private static StorageProcess startAzurite() throws IOException {
        Stores.installAzurite();
        Azurite azurite = Azurite.builder().start();
        return new StorageProcess(azurite::close, azurite.address().toString(), azurite.accountKey());
    }

    private static StorageProcess startFake() throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        command.add("-Xmx512m");
        command.add("-XX:MaxDirectMemorySize=" + 2 * FAKE_BYTES);
        command.addAll(JavaCommand.program(FakeBlobProcess.class.getName()));
        command.addAll(List.of("127.0.0.1", "0", "2", Long.toString(FAKE_BYTES)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line; (line = said.readLine()) != null; ) {
            if (line.startsWith(LISTENING)) {
                return new StorageProcess(() -> end(process), line.substring(LISTENING.length()), ANY_KEY);
            }
        }
        process.destroyForcibly();
        throw new IOException("the storage did not start");
    }

    private static void end(Process process) throws IOException {
        try {
            process.getOutputStream().close(); // what it takes as the sign to end
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    /** What a server is to be told; accounts by name, whatever configuration store the environment has. */
    List<String> serverArguments() {
        return List.of("--backend", "azure", "--blob-emulator", address, "--create-containers", "--accounts", "suffix");
    }

    /** Where a secret belongs. Empty variables are none: the one that is asked for is the one that counts. */
    Map<String, String> serverEnvironment() {
        return Map.of("AZURE_STORAGE_KEY", key, "AZURE_STORAGE_CONNECTION_STRING", "");
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
