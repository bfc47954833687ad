package io.kvstore.testkit.azure;

import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Accounts, containers and blobs in memory. Accounts are all there, containers are created. */
final class StoredBlobs {

    private final long maxBytes;
    private final AtomicLong storedBytes = new AtomicLong();
    private final Map<Container, NavigableMap<String, StoredBlob>> containers = new ConcurrentHashMap<>();

    /** In the order they were written; only where the oldest go when it is full. */
    private final Queue<Kept> kept = new ConcurrentLinkedQueue<>();

    private final boolean dropsOldest;

    private record Container(String account, String name) {}

    private record Kept(NavigableMap<String, StoredBlob> container, String name, StoredBlob blob) {}

    StoredBlobs(long maxBytes, boolean dropsOldest) {
        this.maxBytes = maxBytes;
        this.dropsOldest = dropsOldest;
    }

    /** False when there is one of that name. */
    boolean createContainer(String account, String name) {
        return containers.putIfAbsent(new Container(account, name), new ConcurrentSkipListMap<>()) == null;
    }

    /** False when there is none of that name. */
    boolean deleteContainer(String account, String name) {
        NavigableMap<String, StoredBlob> blobs = containers.remove(new Container(account, name));
        if (blobs == null) {
            return false;
        }
        blobs.values().forEach(this::dropped);
        return true;
    }

    /** The blobs of a container, by name, as they are now and will be; nothing when there is no such container. */
    Optional<NavigableMap<String, StoredBlob>> container(String account, String name) {
        return Optional.ofNullable(containers.get(new Container(account, name)));
    }

    /** Makes room for a blob; false when there is none. */
    boolean reserve(int bytes) {
        // Counted first: others make room for themselves at the same time.
        while (storedBytes.addAndGet(bytes) > maxBytes) {
            storedBytes.addAndGet(-bytes);
            if (!dropOldest()) {
                return false;
            }
        }
        return true;
    }

    private boolean dropOldest() {
        Kept oldest = kept.poll();
        if (oldest == null) {
            return false;
        }
        if (oldest.container().remove(oldest.name(), oldest.blob())) {
            dropped(oldest.blob());
        }
        return true;
    }

    /** Takes note of a blob that is in that container from now on. */
    void added(NavigableMap<String, StoredBlob> container, String name, StoredBlob blob) {
        if (dropsOldest) {
            kept.add(new Kept(container, name, blob));
        }
    }

    /** Lets go of a blob that is in no container any more. */
    void dropped(StoredBlob blob) {
        storedBytes.addAndGet(-blob.sizeBytes);
        blob.drop();
    }

    void clear() {
        for (Iterator<NavigableMap<String, StoredBlob>> all =
                        containers.values().iterator();
                all.hasNext(); ) {
            NavigableMap<String, StoredBlob> blobs = all.next();
            all.remove();
            blobs.values().forEach(this::dropped);
        }
    }
}
