package io.kvstore.spi;

/**
 * The outcome of a put.
 *
 * @param created true when this call stored the blob; false when one of that name was there
 * @param stored what travels with the blob that is stored now
 */
public record PutResult(boolean created, BlobInfo stored) {}
