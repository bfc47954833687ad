package io.kvstore.server;

import io.kvstore.azurite.Azurite;
import io.kvstore.azurite.AzuriteBuilder;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Azure backend over an emulator that the server starts and ends: all of it but Azure, on a machine without network. */
final class AzuriteBackend {

    private static final Logger LOG = LoggerFactory.getLogger(AzuriteBackend.class);
    private static final String DIRECTORY = "azurite";

    private AzuriteBackend() {}

    /** Where the emulator keeps its data. */
    static Path directory(Path dataDir) {
        return dataDir.resolve(DIRECTORY);
    }

    /**
     * Starts the emulator, downloads it first when this machine never had it.
     *
     * @throws StartFailure when it can't be had or does not start
     */
    static Azurite start(Path dataDir) throws StartFailure {
        AzuriteBuilder azurite = Azurite.builder().dataDirectory(directory(dataDir));
        if (!azurite.isInstalled()) {
            LOG.info("Downloading Azurite, about 190 MB on disk, once");
        }
        try {
            Azurite started = azurite.start();
            started.keepDuringShutdown(); // the drain, a hook as well, needs it
            started.onUnexpectedEnd(
                    () -> LOG.error("Azurite has ended: every call fails until the server is restarted"));
            return started;
        } catch (IOException e) {
            throw new StartFailure("cannot start Azurite: " + OneLine.of(String.valueOf(e.getMessage())), e);
        }
    }
}
