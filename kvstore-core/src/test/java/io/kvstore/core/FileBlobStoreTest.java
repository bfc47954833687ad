package io.kvstore.core;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContract {

    @TempDir
    Path directory;

    @Override
    protected BlobStore createStore() {
        try {
            return FileBlobStore.builder(directory).segmentBytes(1 << 20).open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
