package io.kvstore.server;

import io.kvstore.api.AccessPolicy;
import io.kvstore.azure.AzureBlobStore;
import io.kvstore.azurite.Azurite;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.DirectMemory;
import io.kvstore.core.Durability;
import io.kvstore.core.FileBlobStore;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.core.StoreObserver;
import io.kvstore.database.DatabaseResources;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.grpc.GrpcServer;
import io.kvstore.grpc.GrpcServerBuilder;
import io.kvstore.spi.BlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of the three wings: a backend, the engine over it, the wire in front of it. */
final class RunningServer implements Serving {

    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    private final ServerConfig config;
    private final MemoryPlan memory;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Optional<StoreMetrics> metrics;
    private final Optional<DatabaseResources> database;
    private final BlobStore backend;
    private final OptionalLong chunksFound;
    private final CoreKVStores stores;
    private final GrpcServer grpc;
    private final Optional<AdminEndpoint> admin;
    private volatile boolean serving = true;

    private RunningServer(ServerConfig config) throws StartFailure {
        this.config = config;
        boolean complete = false;
        try {
            MemoryPlan.Room room = MemoryPlan.Room.of(config);
            memory = ChildCommand.isChild() ? MemoryPlan.ofPart(config, room) : MemoryPlan.of(config, room);
            metrics = config.metrics() ? Optional.of(new StoreMetrics()) : Optional.empty();
            database = openDatabase();
            database.ifPresent(opened::push);
            Optional<AzureBackend> azure = openAzure();
            backend = azure.isPresent() ? azure.get().store() : openLocalBackend();
            opened.push(backend);
            // Counted before anything is written.
            chunksFound = countChunks(backend);
            stores = buildStores(azure.flatMap(AzureBackend::access));
            // The engine owns the backend from here on, not what that stands on.
            opened.pop();
            opened.push(stores);
            grpc = startGrpc();
            opened.push(() -> grpc.shutdown(Duration.ZERO));
            metrics.ifPresent(kept -> {
                kept.watch(grpc::bytesInFlight, grpc::activeCalls);
                kept.watchSent(grpc::bytesSentInPlace, grpc::bytesSentByCopy);
                if (backend instanceof AzureBlobStore accounts) {
                    kept.watchAccounts(accounts::accountsDown);
                }
            });
            admin = startAdmin();
            memory.logWhatIsLess(config);
            complete = true;
        } finally {
            if (!complete) {
                closeAll();
            }
        }
    }

    /**
     * Opens the data, then the port: nobody is served by half a server. A port that is taken and a certificate that is not there
     * are found before that, so that a start that fails makes no directory.
     *
     * @throws StartFailure when the machine does not allow it; whatever was opened is closed again
     */
    static RunningServer start(ServerConfig config) throws StartFailure {
        ListenAddress.check(config.host(), config.port(), config.sharedPort());
        AdminEndpoint.check(config.adminPort());
        if (config.tls().isPresent()) {
            config.tls().get().check();
        }
        try {
            return new RunningServer(config);
        } catch (RuntimeException e) {
            LOG.debug("the start failed", e);
            throw new StartFailure("cannot start: " + reason(e), e);
        }
    }

    private Optional<DatabaseResources> openDatabase() throws StartFailure {
        if (config.accounts().database().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DatabaseResources.over(
                    ResourceDatabase.open(config.accounts().database().get())));
        } catch (SQLException e) {
            throw new StartFailure("cannot use the database of resources: " + reason(e), e);
        }
    }

    private Optional<AzureBackend> openAzure() {
        if (config.backend() != ServerConfig.BackendKind.AZURE) {
            return Optional.empty();
        }
        long readBytes = MemoryPlan.readBytes(config, DirectMemory.maxBytes());
        return Optional.of(AzureBackend.open(config.azure(), config.accounts(), database, metrics, readBytes));
    }

    private BlobStore openLocalBackend() throws StartFailure {
        if (config.backend() == ServerConfig.BackendKind.AZURITE) {
            DataLayout.check(config.dataDir(), 1);
            Azurite azurite = AzuriteBackend.start(config.dataDir());
            opened.push(azurite);
            return AzureBlobStore.onEmulator(azurite.address(), azurite.accountKey());
        }
        if (config.backend() == ServerConfig.BackendKind.MEMORY) {
            return MemoryBlobStore.builder()
                    .maxBytes(memory.backendBytes())
                    .reserved(config.memoryReserved())
                    .build();
        }
        DataLayout.check(config.dataDir(), 1);
        FileBlobStore.Builder file = FileBlobStore.builder(config.dataDir())
                .durability(config.syncEveryWrite() ? Durability.SYNC : Durability.OS);
        config.dataMaxBytes().ifPresent(file::maxBytes);
        try {
            return file.open();
        } catch (IOException e) {
            throw new StartFailure("cannot use the data directory: " + reason(e), e);
        }
    }

    // In a storage account that would take a listing of every container.
    private static OptionalLong countChunks(BlobStore backend) {
        if (backend instanceof AzureBlobStore) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(backend instanceof FileBlobStore files ? files.blobCount() : 0);
    }

    private CoreKVStores buildStores(Optional<AccessPolicy> ofBackend) throws StartFailure {
        CoreKVStores.Builder engine = CoreKVStores.builder(backend)
                .memoryCacheBytes(memory.cacheBytes())
                .memoryReserved(config.memoryReserved())
                .positiveCacheMaxAge(config.positiveCacheMaxAge())
                .filterMaxAge(config.filterMaxAge())
                .observer(metrics.<StoreObserver>map(kept -> kept).orElse(StoreObserver.NONE));
        config.diskCacheDir().ifPresent(dir -> engine.diskCache(dir, config.diskCacheBytes()));
        if (!config.resources().isEmpty()) {
            engine.allowedResources(config.resources());
        }
        database.map(DatabaseResources::access)
                .map(policy -> metrics.map(kept -> kept.counted(policy)).orElse(policy))
                .or(() -> ofBackend)
                .ifPresent(engine::accessPolicy);
        try {
            return engine.build();
        } catch (UncheckedIOException e) {
            throw new StartFailure("cannot use the disk cache: " + reason(Objects.requireNonNull(e.getCause())), e);
        }
    }

    private GrpcServer startGrpc() throws StartFailure {
        GrpcServerBuilder wire = GrpcServer.builder(stores)
                .host(config.host())
                .port(config.port())
                .sharedPort(config.sharedPort());
        if (config.threads() > 0) {
            wire.threads(config.threads());
        }
        config.maxInFlightBytes().ifPresent(wire::maxBytesInFlight);
        config.tls().ifPresent(tls -> {
            wire.tls(tls.certificates(), tls.key());
            tls.clientAuthorities().ifPresent(wire::clientAuthorities);
        });
        if (config.exposesTokens()) {
            LOG.warn("Callers' tokens arrive in plain text: --tls-cert and --tls-key would hide them");
        }
        try {
            return wire.start();
        } catch (IOException e) {
            throw new StartFailure(reason(e), e);
        }
    }

    private Optional<AdminEndpoint> startAdmin() throws StartFailure {
        return AdminEndpoint.start(
                config.adminPort(),
                () -> serving ? Health.SERVING : Health.DRAINING,
                metrics.map(kept -> () -> MetricsText.of(kept.registry())));
    }

    private static String reason(Throwable e) {
        return OneLine.of(FileFailure.text(e));
    }

    @Override
    public String startLine(long startNanos) {
        return new StartLine(
                        config.host(),
                        grpc.port(),
                        config.backendText() + config.accounts().text(),
                        chunksFound,
                        grpc.transportName(),
                        admin.map(endpoint -> OptionalInt.of(endpoint.port())).orElse(OptionalInt.empty()),
                        startNanos / 1_000_000)
                .text();
    }

    /** No new calls, then those under way, then the data. */
    @Override
    public boolean drain(Duration grace) {
        serving = false;
        LOG.info("Draining: activeCalls={} graceSeconds={}", grpc.activeCalls(), grace.toSeconds());
        grpc.shutdown(grace);
        boolean orderly = closeAll();
        // Last, so that /healthz answers "draining" until the end.
        admin.ifPresent(AdminEndpoint::close);
        return orderly;
    }

    private boolean closeAll() {
        boolean orderly = true;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.error("Could not close: {}", e.getMessage(), e);
                orderly = false;
            }
        }
        return orderly;
    }
}
