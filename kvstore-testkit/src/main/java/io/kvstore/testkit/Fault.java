package io.kvstore.testkit;

import io.kvstore.spi.Blob;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What goes wrong with a call. */
interface Fault {

    /** The answer in place of the one that {@code call} gives, when it is made. */
    default <T> CompletableFuture<T> answer(Supplier<CompletableFuture<T>> call) {
        return call.get();
    }

    /** What a get answers in place of {@code blob}, whose claim is taken over. */
    default Optional<Blob> blob(Optional<Blob> blob) {
        return blob;
    }
}
