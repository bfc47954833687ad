package io.kvstore.api;

/**
 * One question of an ordered read, as the caller sent it. Nothing is checked here: a bad question is answered in its place,
 * it does not end the stream.
 */
public record ReadQuestion(String resource, String container, String location) {

    /** A question to {@code store}. */
    public static ReadQuestion of(StoreId store, String location) {
        return new ReadQuestion(store.resource(), store.container(), location);
    }
}
