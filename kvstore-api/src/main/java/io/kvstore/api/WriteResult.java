package io.kvstore.api;

/**
 * The answer to a write that is durable now.
 *
 * @param location where to read it
 * @param alreadyStored the same chunk was there before; nothing was written
 * @param storageNanos nanoseconds spent waiting for the backend
 */
public record WriteResult(String location, boolean alreadyStored, long storageNanos) {}
