package io.kvstore.bench;

import static io.kvstore.bench.Report.line;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Finds the longest stored prefix of a text. */
@Command(
        name = "lookup",
        description = "Finds the longest stored prefix of a text and prints where its blocks are.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 at least one block is stored, 1 none is, 2 bad usage or a text that is none, 3 failure."
        })
final class LookupCommand implements Callable<Integer> {

    @Mixin
    StoreOptions options = new StoreOptions();

    @Mixin
    TextOptions text = new TextOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        TokenBlocks tokens = text.tokens(System.in);
        try (KVStores stores = options.open()) {
            LookupResult found = Stores.await(
                    stores.store(options.store()).lookup(LookupQuery.of(tokens).inPartition(text.partition)));
            out.print(line(
                    "%d tokens, %d blocks, %d stored%s",
                    tokens.tokenCount(),
                    tokens.blockCount(),
                    found.cachedBlocks(),
                    found.degraded() ? " (storage trouble: there may be more)" : ""));
            if (found.cachedBlocks() > 0) {
                out.print(Report.blockHeading(found.blocks().get(0).location(), "size and state"));
            }
            int index = 0;
            for (BlockLocation block : found.blocks()) {
                out.print(line(
                        "%6d  %016x  %s  %d bytes, %s",
                        index++,
                        block.hash(),
                        block.location(),
                        block.sizeBytes(),
                        block.tier().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')));
            }
            out.flush();
            return found.cachedBlocks() > 0 ? Exit.OK : Exit.MISS;
        }
    }
}
