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

    /** Where the servers come from. */
    record Setup(List<String> serverArguments, Optional<Path> redis, Optional<Attached> attached) {}

    /** A server that runs already; a pid of 0 is one whose processor time nobody can read. */
    record Attached(String target, long pid) {}

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
        if (setup.attached().isPresent()) {
            target = setup.attached().get().target();
            serverPid = setup.attached().get().pid();
        } else {
            server = Optional.of(open(() -> ServerProcess.launch(
                    JavaCommand.program("io.kvstore.server.KvstoreServer"), serverArguments(directory))));
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
        for (LoadProcess client : clients.values()) {
            client.await(LoadMain.READY);
        }
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
        clients.put(contender, launchClient(kind, address, pid));
    }

    private LoadProcess launchClient(String kind, String address, long pid) throws IOException {
        return open(() -> LoadProcess.launch(LoadMain.CLIENT, kind, address, Long.toString(pid), partition));
    }

    /** One more client of the kvstore server. */
    LoadProcess anotherClient() throws IOException {
        LoadProcess client = launchClient(LoadMain.KVSTORE, target, serverPid);
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
