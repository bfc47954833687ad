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
            List<String> serverArguments,
            Optional<Path> redis,
            Optional<Attached> attached,
            Optional<StorageProcess.Kind> storage) {

        boolean forgetsWhatIsOld() {
            return storage.filter(StorageProcess.Kind::forgetsWhatIsOld).isPresent();
        }
    }

    /** A server that runs already; a pid of 0 is one whose processor time nobody can read. */
    record Attached(String target, long pid) {}

    private final Setup setup;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Map<Contender, LoadProcess> clients = new EnumMap<>(Contender.class);
    private String target = "";
    private long serverPid;
    private boolean closed;
    private final String partition = "bench-" + UUID.randomUUID();

    /** Nothing is left to find out about a chunk, and the whole working set is in memory. */
    private static final List<String> CACHES_ON = List.of("--memory-cache", "1g");

    private static final List<String> CACHES_OFF = List.of("--memory-cache", "0", "--positive-cache", "0s");

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
            StorageProcess storage = open(() -> StorageProcess.start(kind));
            server = Optional.of(launchServer(directory, storage, CACHES_OFF));
            cached = Optional.of(launchServer(directory, storage, CACHES_ON));
        } else {
            server = Optional.of(launchServer(serverArguments(directory), Map.of()));
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

    private ServerProcess launchServer(Path directory, StorageProcess storage, List<String> caches) throws IOException {
        List<String> arguments = new ArrayList<>(storage.serverArguments());
        arguments.addAll(caches);
        arguments.addAll(serverArguments(directory));
        return launchServer(arguments, storage.serverEnvironment());
    }

    private ServerProcess launchServer(List<String> arguments, Map<String, String> environment) throws IOException {
        return open(() ->
                ServerProcess.launch(JavaCommand.program("io.kvstore.server.KvstoreServer"), arguments, environment));
    }

    private List<String> serverArguments(Path directory) {
        List<String> arguments = new ArrayList<>(setup.serverArguments());
        if (!arguments.contains("--data-dir")) {
            arguments.addAll(List.of("--data-dir", directory.resolve("data").toString()));
        }
        arguments.addAll(List.of("--log-level", "error"));
        return arguments;
    }

    private void client(Contender contender, String kind, String address, long pid) throws IOException {
        // Chunks of their own, or what one has written would be no new one for the other.
        String own = partition + "-" + contender.name();
        clients.put(contender, launchClient(kind, address, pid, own));
    }

    private LoadProcess launchClient(String kind, String address, long pid, String ownPartition) throws IOException {
        return open(() -> LoadProcess.launch(LoadMain.CLIENT, kind, address, Long.toString(pid), ownPartition));
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
