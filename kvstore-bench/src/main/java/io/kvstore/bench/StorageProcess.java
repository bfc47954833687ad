package io.kvstore.bench;

import io.kvstore.azurite.Azurite;
import io.kvstore.testkit.azure.FakeBlobProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    /** Of any form that requests can be signed with: the fake looks at no signature. */
    private static final String ANY_KEY = "bm90IGEgc2VjcmV0LCBidXQgYXMgbG9uZyBhcyBvbmU=";

    private final Kind kind;
    private final Optional<Process> fake;
    private Optional<Azurite> azurite = Optional.empty();
    private String address = "";
    private String key = "";
    private boolean closed;

    private StorageProcess(Kind kind, Optional<Process> fake) {
        this.kind = kind;
        this.fake = fake;
    }

    /** Starts one and waits for nothing: whoever has it can end it from here on. */
    static StorageProcess launch(Kind kind) throws IOException {
        return new StorageProcess(kind, kind == Kind.FAKE ? Optional.of(launchFake()) : Optional.empty());
    }

    private static Process launchFake() throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        command.add("-Xmx512m");
        command.add("-XX:MaxDirectMemorySize=" + 2 * FAKE_BYTES);
        command.addAll(JavaCommand.program(FakeBlobProcess.class.getName()));
        command.addAll(List.of("127.0.0.1", "0", "2", Long.toString(FAKE_BYTES)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Waits until it serves. */
    void awaitStart() throws IOException {
        if (kind == Kind.FAKE) {
            address = awaitAddress(fake.orElseThrow());
            key = ANY_KEY;
            return;
        }
        Stores.installAzurite();
        Azurite started = keep(Azurite.builder().start());
        address = started.address().toString();
        key = started.accountKey();
    }

    private static String awaitAddress(Process process) throws IOException {
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line; (line = said.readLine()) != null; ) {
            if (line.startsWith(LISTENING)) {
                return line.substring(LISTENING.length());
            }
        }
        throw new IOException("the storage did not start");
    }

    private synchronized Azurite keep(Azurite started) throws IOException {
        if (closed) {
            started.close();
            throw new IOException("interrupted");
        }
        azurite = Optional.of(started);
        return started;
    }

    /** What a server is to be told besides; accounts by name, whatever configuration store the environment has. */
    ServerArguments serverArguments(ServerArguments others) {
        return others.unlessGiven("--backend", "azure")
                .unlessGiven("--blob-emulator", address)
                .unlessGiven("--accounts", "suffix")
                .unlessGiven("--create-containers");
    }

    /** Where a secret belongs. Empty variables are none: the one that is asked for is the one that counts. */
    Map<String, String> serverEnvironment() {
        return Map.of("AZURE_STORAGE_KEY", key, "AZURE_STORAGE_CONNECTION_STRING", "");
    }

    @Override
    public synchronized void close() {
        closed = true;
        azurite.ifPresent(Azurite::close);
        // It keeps nothing that an orderly end would save.
        fake.ifPresent(Process::destroyForcibly);
    }
}
