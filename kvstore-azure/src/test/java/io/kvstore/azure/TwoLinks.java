package io.kvstore.azure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network of its own: two namespaces, a client's and a storage's, with two links between them. Each of the client's two
 * addresses has a link, and the storage one address that is reached over both. Nothing outside is touched.
 */
final class TwoLinks implements AutoCloseable {

    static final String STORAGE = "10.233.9.9";
    static final List<String> CLIENT = List.of("10.233.1.1", "10.233.2.1");

    private static final long COMMAND_SECONDS = 30;

    private final String client = "kvclient" + ProcessHandle.current().pid();
    private final String storage = "kvstorage" + ProcessHandle.current().pid();

    private TwoLinks() {}

    /**
     * Makes them.
     *
     * @throws IOException where the machine does not allow it, or has no iproute2; nothing is left then
     */
    static TwoLinks create() throws IOException, InterruptedException {
        TwoLinks links = new TwoLinks();
        try {
            links.setUp();
        } catch (IOException e) {
            links.close();
            throw e;
        }
        return links;
    }

    private void setUp() throws IOException, InterruptedException {
        run("ip netns add " + client);
        run("ip netns add " + storage);
        inStorage("ip link set lo up");
        inClient("ip link set lo up");
        inStorage("ip address add " + STORAGE + "/32 dev lo");
        for (int i = 1; i <= 2; i++) {
            String here = "kvc" + i;
            String there = "kvs" + i;
            run("ip link add " + here + " netns " + client + " type veth peer name " + there + " netns " + storage);
            inClient("ip address add 10.233." + i + ".1/24 dev " + here);
            inClient("ip link set " + here + " up");
            inStorage("ip address add 10.233." + i + ".2/24 dev " + there);
            inStorage("ip link set " + there + " up");
            // What comes from an address leaves by its link: without a rule all of it would leave by the first.
            inClient("ip route add " + STORAGE + " via 10.233." + i + ".2 table " + (100 + i));
            inClient("ip rule add from 10.233." + i + ".1 table " + (100 + i));
        }
        inClient("ip route add " + STORAGE + " via 10.233.1.2");
    }

    /** What runs {@code command} as the client. */
    List<String> asClient(List<String> command) {
        return in(client, command);
    }

    /** What runs {@code command} as the storage. */
    List<String> asStorage(List<String> command) {
        return in(storage, command);
    }

    /** How many bytes the client sent over that link, 1 or 2, headers of the network included. */
    long sentOver(int link) throws IOException, InterruptedException {
        return statistic(link, "tx_bytes");
    }

    /** How many bytes the client received over that link. */
    long receivedOver(int link) throws IOException, InterruptedException {
        return statistic(link, "rx_bytes");
    }

    private long statistic(int link, String name) throws IOException, InterruptedException {
        return Long.parseLong(inClient("cat /sys/class/net/kvc" + link + "/statistics/" + name));
    }

    private String inClient(String command) throws IOException, InterruptedException {
        return run(String.join(" ", asClient(List.of(command))));
    }

    private String inStorage(String command) throws IOException, InterruptedException {
        return run(String.join(" ", asStorage(List.of(command))));
    }

    private static List<String> in(String namespace, List<String> command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(command);
        return all;
    }

    private static String run(String command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("kvstore", ".out");
        try {
            Process process = new ProcessBuilder(command.split(" ", -1))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            boolean ended = process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(said, StandardCharsets.UTF_8).strip();
            if (!ended || process.exitValue() != 0) {
                throw new IOException(command + ": " + text);
            }
            return text;
        } finally {
            Files.delete(said);
        }
    }

    /** The links go with their namespaces. */
    @Override
    public void close() {
        for (String namespace : List.of(client, storage)) {
            try {
                run("ip netns del " + namespace);
            } catch (IOException neverMade) {
                // Then there is nothing to remove: on with the other one.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
