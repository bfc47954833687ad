package io.kvstore.grpc;

import io.kvstore.api.Limits;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;

/**
 * A LookupRequest as it arrived, nothing checked yet. Read by hand, so that a prompt of a million tokens becomes one array
 * of the bytes it came in and nothing else.
 */
record LookupQuestion(
        String resource,
        String container,
        String partitionKey,
        String completionId,
        TokenBlocks tokens,
        LongList hashes,
        long keptBytes) {

    private static final int MAX_HASHES = Limits.MAX_LOOKUP_TOKENS / Limits.BLOCK_TOKENS;

    static LookupQuestion parse(WireReader reader) throws IOException {
        String resource = "";
        String container = "";
        String partitionKey = "";
        String completionId = "";
        PackedTokens tokens = new PackedTokens();
        LongList hashes = new LongList(MAX_HASHES);
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 | WireReader.BYTES -> resource = reader.readName();
                case 2 << 3 | WireReader.BYTES -> container = reader.readName();
                case 3 << 3 | WireReader.BYTES -> partitionKey = reader.readText(Limits.MAX_PARTITION_KEY_BYTES);
                case 4 << 3 | WireReader.BYTES -> completionId = reader.readText(Limits.MAX_COMPLETION_ID_BYTES);
                case 5 << 3 -> tokens.add(reader.readVarint());
                case 5 << 3 | WireReader.BYTES -> tokens.addPacked(reader);
                case 6 << 3 -> hashes.add(reader.readVarint());
                case 6 << 3 | WireReader.BYTES -> hashes.addPacked(reader);
                default -> reader.skipField(tag);
            }
        }
        long keptBytes = tokens.keptBytes() + hashes.keptBytes();
        return new LookupQuestion(
                resource, container, partitionKey, completionId, tokens.toTokens(), hashes, keptBytes);
    }

    StoreId store() {
        return new StoreId(resource, container);
    }

    /** The query. @throws io.kvstore.api.KVStoreException INVALID_ARGUMENT naming the field and the rule */
    LookupQuery query() {
        LookupQuery query = LookupQuery.of(tokens).inPartition(partitionKey);
        PromptChunk.checkedCompletionId(completionId);
        return query.expecting(hashes.toArray());
    }

    @Override
    public String toString() {
        return "LookupQuestion[" + tokens.tokenCount() + " tokens, " + hashes.count() + " hashes]";
    }
}
