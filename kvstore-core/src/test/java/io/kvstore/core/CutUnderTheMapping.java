package io.kvstore.core;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Writes chunks, cuts their file short while it is mapped, and reads them all twice. A process of its own. */
final class CutUnderTheMapping {

    private static final int CHUNKS = 20;
    private static final int PAYLOAD_BYTES = 100_000;

    private CutUnderTheMapping() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Prompts prompts = Prompts.seeded(3);
        try (CoreKVStores stores =
                CoreKVStores.builder(FileBlobStore.builder(directory).open()).build()) {
            KVStore store = stores.store(new StoreId("acme", "llama"));
            List<String> locations = new ArrayList<>();
            for (int i = 0; i < CHUNKS; i++) {
                PromptChain chain = prompts.chain(1);
                try (var chunk = chain.chunk(0, prompts.payload(i, PAYLOAD_BYTES))) {
                    locations.add(store.write(chunk).join().location());
                }
            }
            try (RandomAccessFile file = new RandomAccessFile(
                    directory.resolve("0000000000000000.segment").toFile(), "rw")) {
                file.setLength(PAYLOAD_BYTES * (CHUNKS / 2) + PAYLOAD_BYTES / 2);
            }
            int good = 0;
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < CHUNKS; i++) {
                    good += isGood(prompts, store, locations.get(i), i) ? 1 : 0;
                }
            }
            if (good < CHUNKS - 4 || good > CHUNKS + 2) {
                throw new AssertionError(good + " reads were right");
            }
        }
    }

    private static boolean isGood(Prompts prompts, KVStore store, String location, int number) {
        try (ReadResult read = store.read(location).join()) {
            if (!read.isFound()) {
                return false;
            }
            if (!prompts.verify(read.chunk().orElseThrow().payload(), number)) {
                throw new AssertionError("wrong bytes of chunk " + number);
            }
            return true;
        } catch (CompletionException e) {
            Reason reason = KVStoreException.of(e).reason();
            if (reason != Reason.DATA_LOSS && reason != Reason.UNAVAILABLE) {
                throw new AssertionError("chunk " + number, e);
            }
            return false;
        }
    }
}
