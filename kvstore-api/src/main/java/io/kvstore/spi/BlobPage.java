package io.kvstore.spi;

import java.util.List;
import java.util.Optional;

/**
 * A part of a listing.
 *
 * @param keys in no particular order
 * @param next pass it to the next {@link BlobStore#list}; empty when this is the last page
 */
public record BlobPage(List<BlobKey> keys, Optional<String> next) {

    public BlobPage {
        keys = List.copyOf(keys);
    }
}
