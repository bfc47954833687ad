package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.spi.BlobKey;
import io.kvstore.spi.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class KeySpaceTest {

    private static final int KEYS = 2_000;

    private static final class Value extends Keyed {
        Value(BlobKey key) {
            super(key);
        }
    }

    private final Random random = new Random(7);
    private final KeySpace<Value> space = new KeySpace<>();

    /** In one range, so that its table grows often. */
    private BlobKey key() {
        return BlobKey.of(
                random.nextLong(),
                random.nextLong(),
                random.nextLong() >>> 8,
                random.nextLong(),
                random.nextLong(),
                random.nextLong());
    }

    private List<Value> values(int count) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(new Value(key()));
        }
        return values;
    }

    private void put(Value value) {
        put(space, value);
    }

    private static void put(KeySpace<Value> space, Value value) {
        synchronized (space) {
            space.put(value);
        }
    }

    private void remove(BlobKey key) {
        synchronized (space) {
            space.remove(key);
        }
    }

    @Test
    void every_key_is_found_and_no_other() {
        List<Value> stored = values(KEYS);
        stored.forEach(this::put);

        assertThat(stored).allMatch(value -> space.get(value.key()) == value);
        assertThat(values(KEYS)).allMatch(value -> space.get(value.key()) == null);
    }

    @Test
    void keys_that_differ_in_one_word_are_different() {
        Value stored = new Value(BlobKey.of(1, 2, 3, 4, 5, 6));
        put(stored);

        assertThat(List.of(
                        BlobKey.of(9, 2, 3, 4, 5, 6),
                        BlobKey.of(1, 9, 3, 4, 5, 6),
                        BlobKey.of(1, 2, 9, 4, 5, 6),
                        BlobKey.of(1, 2, 3, 9, 5, 6),
                        BlobKey.of(1, 2, 3, 4, 9, 6),
                        BlobKey.of(1, 2, 3, 4, 5, 9)))
                .allMatch(other -> space.get(other) == null);
        assertThat(space.get(BlobKey.of(1, 2, 3, 4, 5, 6))).isSameAs(stored);
    }

    @Test
    void keys_whose_digests_begin_alike_share_a_chain_and_each_is_found_replaced_and_removed() {
        List<Value> alike = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            alike.add(new Value(BlobKey.of(0, 0, 42, i, 0, 0)));
        }
        alike.forEach(this::put);
        Value instead = new Value(alike.get(20).key());
        put(instead);
        remove(alike.get(30).key());
        remove(alike.get(0).key());
        remove(alike.get(49).key());

        for (int i = 0; i < 50; i++) {
            Value expected = i == 0 || i == 30 || i == 49 ? null : i == 20 ? instead : alike.get(i);
            assertThat(space.get(BlobKey.of(0, 0, 42, i, 0, 0))).isSameAs(expected);
        }
    }

    @Test
    void pages_have_every_key_once_in_the_order_of_their_names() {
        List<Value> stored = values(12_345);
        stored.forEach(this::put);

        List<BlobKey> listed = new ArrayList<>();
        Optional<BlobKey> after = Optional.empty();
        do {
            var page = space.page(KeyRange.ALL, after);
            listed.addAll(page.keys());
            after = page.next().flatMap(BlobKey::parse);
        } while (after.isPresent());

        assertThat(listed)
                .containsExactlyElementsOf(stored.stream()
                        .map(Value::key)
                        .sorted(Comparator.comparing(BlobKey::name))
                        .collect(Collectors.toList()));
    }

    /** A space and what is in it from the beginning. */
    private record Round(KeySpace<Value> space, List<Value> there) {}

    private volatile Round current = round();

    /** The failure: a reader stands on a link that growing moves, and goes on in another chain. */
    @Test
    void what_is_there_is_found_while_the_table_grows() {
        current = round();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> looking = new CompletableFuture<>();
        CompletableFuture<Long> missed = CompletableFuture.supplyAsync(() -> {
            long count = 0;
            while (!over.get()) {
                Round now = current;
                count += now.there().stream()
                        .filter(value -> now.space().get(value.key()) != value)
                        .count();
                looking.complete(null);
            }
            return count;
        });
        looking.join();

        for (int i = 0; i < 200; i++) {
            Round next = round();
            current = next;
            values(KEYS).forEach(value -> put(next.space(), value));
        }
        over.set(true);

        assertThat(missed.join()).isZero();
    }

    /** The failure: a reader stands on a link that is taken out of its chain, and does not find what is behind it. */
    @Test
    void what_is_there_is_found_while_its_neighbours_are_removed_and_replaced() {
        List<BlobKey> chain = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            chain.add(BlobKey.of(0, 0, 42, i, 0, 0));
        }
        chain.forEach(key -> put(new Value(key)));
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> looking = new CompletableFuture<>();
        CompletableFuture<Long> wrong = CompletableFuture.supplyAsync(() -> {
            long count = 0;
            while (!over.get()) {
                for (int i = 0; i < chain.size(); i++) {
                    Value found = space.get(chain.get(i));
                    boolean stays = i % 3 == 0;
                    count += found == null ? (stays ? 1 : 0) : (found.key().equals(chain.get(i)) ? 0 : 1);
                }
                looking.complete(null);
            }
            return count;
        });
        looking.join();

        for (int round = 0; round < 20_000; round++) {
            for (int i = 0; i < chain.size(); i++) {
                if (i % 3 == 1) {
                    put(new Value(chain.get(i)));
                } else if (i % 3 == 2) {
                    remove(chain.get(i));
                    put(new Value(chain.get(i)));
                }
            }
        }
        over.set(true);

        assertThat(wrong.join()).isZero();
    }

    private Round round() {
        Round round = new Round(new KeySpace<>(), values(20));
        round.there().forEach(value -> put(round.space(), value));
        return round;
    }
}
