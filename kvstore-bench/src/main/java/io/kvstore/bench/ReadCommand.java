package io.kvstore.bench;

import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.ReadResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches one stored block. */
@Command(
        name = "read",
        description = "Fetches the payload of one stored block.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 found, 1 not stored, 2 bad usage, 3 failure."})
final class ReadCommand implements Callable<Integer> {

    @Mixin
    StoreOptions options = new StoreOptions();

    @Parameters(index = "0", paramLabel = "LOCATION", description = "as lookup or write printed it")
    String location = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "where the payload goes (default: stdout)")
    Optional<Path> output = Optional.empty();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (output.isEmpty() && Terminal.stdoutAttached()) {
            throw new ParameterException(
                    spec.commandLine(), "a payload is bytes and stdout is a terminal: name a file with --output");
        }
        // The payload may go to stdout, so whatever is said goes to stderr.
        PrintWriter said = spec.commandLine().getErr();
        try (KVStores stores = options.open();
                ReadResult result = Stores.await(stores.store(options.store()).read(location))) {
            if (result.chunk().isEmpty()) {
                said.println("nothing is stored there");
                return Exit.MISS;
            }
            Payload payload = result.chunk().get().payload();
            copy(payload.buffer());
            said.printf(
                    "%,d bytes, hash %016x, parent %016x%n",
                    payload.sizeBytes(),
                    result.chunk().get().hash(),
                    result.chunk().get().parentHash());
            return Exit.OK;
        }
    }

    private void copy(ByteBuffer bytes) throws IOException {
        if (output.isEmpty()) {
            copy(bytes, Channels.newChannel(System.out));
            System.out.flush();
            return;
        }
        try (FileChannel file = FileChannel.open(
                output.get(),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            copy(bytes, file);
        }
    }

    private static void copy(ByteBuffer bytes, WritableByteChannel to) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }
}
