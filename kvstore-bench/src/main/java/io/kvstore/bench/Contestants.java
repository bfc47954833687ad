package io.kvstore.bench;

import io.kvstore.bench.figures.Contender;
import io.kvstore.bench.load.Job;
import io.kvstore.bench.load.LoadMain;
import io.kvstore.bench.load.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The processes that are compared: a server and a client each, started together and ended together. */
final class Contestants implements AutoCloseable {

    /** Where the servers come from, and what ours keep their chunks in when that is a process of its own. */
    record Setup(
            ServerArguments serverArguments,
            Optional<Path> redis,
            Optional<Attached> attached,
            Optional<StorageProcess.Kind> storage) {

        boolean forgetsWhatIsOld() {
            return storage.filter(StorageProcess.Kind::forgetsWhatIsOld).isPresent();
        }
    }

    /**
     * A server that runs already.
     *
     * @param pid 0 for one whose processor time nobody can read
     * @param client how clients talk to it, as {@link ClientOptions#arguments} says it
     */
    record Attached(String target, long pid, List<String> client) {}

    private final Setup setup;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Map<Contender, LoadProcess> clients = new EnumMap<>(Contender.class);
    private String target = "";
    private long serverPid;
    private boolean closed;
    private final String partition = "bench-" + UUID.randomUUID();

    Contestants(Setup setup) {
        this.setup = setup;
    }

    /** Starts what takes part and waits until all of it is ready. */
    void start(Set<Contender> who) throws IOException {
        Path directory = open(TemporaryDirectory::create).path();
        // All are launched before the first is waited for.
        Optional<ServerProcess> server = Optional.empty();
        Optional<ServerProcess> cached = Optional.empty();
        if (setup.attached().isPresent()) {
            target = setup.attached().get().target();
            serverPid = setup.attached().get().pid();
        } else if (setup.storage().isPresent()) {
            StorageProcess.Kind kind = setup.storage().get();
            StorageProcess storage = open(() -> StorageProcess.launch(kind));
            storage.awaitStart(); // its address is what servers are told
            server = Optional.of(launchServer(directory, storage, cachesOff()));
            cached = Optional.of(launchServer(directory, storage, cachesOn()));
        } else {
            server = Optional.of(launchServer(directory, setup.serverArguments(), Map.of()));
        }
        if (who.contains(Contender.RAW)) {
            LoadProcess raw = open(() -> LoadProcess.launch(LoadMain.RAW_SERVER));
            String port = raw.await(LoadMain.PORT_PREFIX);
            client(Contender.RAW, LoadMain.RAW, "127.0.0.1:" + port, raw.pid());
        }
        if (who.contains(Contender.REDIS)) {
            RedisProcess redis = open(() -> RedisProcess.launch(setup.redis().orElseThrow(), directory));
            redis.awaitStart();
            client(Contender.REDIS, LoadMain.REDIS, redis.target(), redis.pid());
        }
        if (server.isPresent()) {
            server.get().awaitStart();
            target = server.get().target();
            serverPid = server.get().pid();
        }
        client(Contender.KVSTORE, LoadMain.KVSTORE, target, serverPid);
        if (cached.isPresent() && who.contains(Contender.CACHED)) {
            cached.get().awaitStart();
            client(
                    Contender.CACHED,
                    LoadMain.KVSTORE,
                    cached.get().target(),
                    cached.get().pid());
        }
        for (LoadProcess client : clients.values()) {
            client.await(LoadMain.READY);
        }
    }

    private ServerArguments cachesOff() {
        return setup.serverArguments().unlessGiven("--memory-cache", "0").unlessGiven("--positive-cache", "0s");
    }

    /** Nothing is left to find out about a chunk, and the whole working set is in memory, which the server has taken before. */
    private ServerArguments cachesOn() {
        return setup.serverArguments().unlessGiven("--memory-cache", "1g").unlessGiven("--reserve-memory");
    }

    private ServerProcess launchServer(Path directory, StorageProcess storage, ServerArguments arguments)
            throws IOException {
        return launchServer(directory, storage.serverArguments(arguments), storage.serverEnvironment());
    }

    private ServerProcess launchServer(Path directory, ServerArguments arguments, Map<String, String> environment)
            throws IOException {
        ServerArguments all = arguments
                .unlessGiven("--data-dir", directory.resolve("data").toString())
                .unlessGiven("--log-level", "error");
        return open(() -> ServerProcess.launch(
                JavaCommand.program("io.kvstore.server.KvstoreServer"), all.toList(), environment));
    }

    private void client(Contender contender, String kind, String address, long pid) throws IOException {
        // Chunks of their own, or what one has written would be no new one for the other.
        String own = partition + "-" + contender.name();
        clients.put(contender, launchClient(kind, address, pid, own));
    }

    private LoadProcess launchClient(String kind, String address, long pid, String ownPartition) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(LoadMain.CLIENT, kind, address, Long.toString(pid), ownPartition));
        if (kind.equals(LoadMain.KVSTORE)) {
            setup.attached().ifPresent(server -> arguments.addAll(server.client()));
        }
        return open(() -> LoadProcess.launch(arguments.toArray(String[]::new)));
    }

    /** One more client of the kvstore server. */
    LoadProcess anotherClient() throws IOException {
        LoadProcess client = launchClient(LoadMain.KVSTORE, target, serverPid, partition);
        client.await(LoadMain.READY);
        return client;
    }

    /** Under the lock that closing takes: nothing is started after it, and nothing that was started is missed by it. */
    private synchronized <T extends AutoCloseable> T open(Cleanup.Opening<T> opening) throws IOException {
        if (closed) {
            throw new IOException("interrupted");
        }
        T resource = opening.open();
        opened.push(resource);
        return resource;
    }

    /** Does a job and waits for what comes of it. */
    Outcome run(Contender contender, Job job) throws IOException {
        LoadProcess client = Objects.requireNonNull(clients.get(contender));
        client.tell(job);
        return client.outcome();
    }

    /** Has clients store what they read later, one after the other. */
    void load(Set<Contender> who, Job job) throws IOException {
        for (Contender each : who) {
            Outcome outcome = run(each, job);
            if (outcome.failed()) {
                throw new IOException(each.label() + ": " + outcome.failure());
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                System.err.println("kvstore: " + e.getMessage());
            }
        }
    }
}
