package io.kvstore.bench;

import static io.kvstore.bench.Report.line;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Stores a payload for each block of a text. */
@Command(
        name = "write",
        description = "Stores one payload for each block of a text and prints where.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 stored, 2 bad usage or a text that is none or shorter than a block, 3 failure."})
final class WriteCommand implements Callable<Integer> {

    private static final int DEFAULT_PAYLOAD_BYTES = 64 << 10;

    @Mixin
    StoreOptions options = new StoreOptions();

    @Mixin
    TextOptions text = new TextOptions();

    @Option(
            names = "--payload",
            paramLabel = "FILE",
            description = "payload of every block, - for stdin (default: bytes made from the block's hash)")
    Optional<String> payloadFile = Optional.empty();

    @Option(
            names = "--payload-bytes",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "size of payloads that are made up, a number alone is bytes (default: 64k)")
    Optional<Integer> payloadBytes = Optional.empty();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (payloadFile.filter("-"::equals).isPresent() && text.file.equals("-")) {
            throw new ParameterException(spec.commandLine(), "text and payload cannot both come from stdin");
        }
        if (payloadFile.isPresent() && payloadBytes.isPresent()) {
            throw new ParameterException(
                    spec.commandLine(), "--payload excludes --payload-bytes: what is given has its own size");
        }
        TokenBlocks tokens = text.tokens(System.in);
        if (tokens.blockCount() == 0) {
            throw new CommandFailure(
                    Exit.USAGE,
                    "the text has " + tokens.tokenCount() + " tokens (expected: at least a block of "
                            + Limits.BLOCK_TOKENS + ")");
        }
        Optional<Payload> fixed = payloadFile.isEmpty()
                ? Optional.empty()
                : Optional.of(Payload.wrap(TextOptions.bytes(payloadFile.get(), System.in, Limits.MAX_PAYLOAD_BYTES)));
        BlockPayloads made = new BlockPayloads(payloadBytes.orElse(DEFAULT_PAYLOAD_BYTES), 1);
        long[] hashes = BlockHasher.chain(text.partition, tokens);
        PrintWriter out = spec.commandLine().getOut();
        try (KVStores stores = options.open()) {
            KVStore store = stores.store(options.store());
            for (int i = 0; i < hashes.length; i++) {
                try (Payload payload = fixed.isPresent() ? fixed.get().share() : made.of(hashes[i])) {
                    WriteResult written = Stores.await(store.write(new PromptChunk(
                            hashes[i], i == 0 ? 0 : hashes[i - 1], text.partition, tokens.block(i), "", payload)));
                    if (i == 0) {
                        out.print(Report.blockHeading(written.location(), "state"));
                    }
                    out.print(line(
                            "%6d  %016x  %s  %s",
                            i, hashes[i], written.location(), written.alreadyStored() ? "was there" : "stored"));
                }
            }
        } finally {
            fixed.ifPresent(Payload::close);
            out.flush();
        }
        return Exit.OK;
    }
}
