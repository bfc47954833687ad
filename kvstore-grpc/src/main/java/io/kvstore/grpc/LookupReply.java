package io.kvstore.grpc;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.Limits;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A LookupResponse as it arrived. */
record LookupReply(
        int cachedBlocks,
        List<BlockLocation> blocks,
        String error,
        boolean success,
        boolean degraded,
        long storageLatencyMicros) {

    /** What the longest lookup has. */
    private static final int MAX_BLOCKS = Limits.MAX_LOOKUP_TOKENS / Limits.BLOCK_TOKENS;

    static LookupReply parse(WireReader reader) throws IOException {
        int cachedBlocks = 0;
        List<BlockLocation> blocks = new ArrayList<>();
        String error = "";
        boolean success = false;
        boolean degraded = false;
        long storageMicros = 0;
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 -> cachedBlocks = (int) reader.readVarint();
                case 3 << 3 | WireReader.BYTES -> {
                    if (blocks.size() == MAX_BLOCKS) {
                        throw new MalformedMessageException("more than " + MAX_BLOCKS + " blocks");
                    }
                    blocks.add(readBlock(reader));
                }
                case 4 << 3 | WireReader.BYTES -> error = reader.readLenientText(ReadReply.MAX_ERROR_BYTES);
                case 5 << 3 -> success = reader.readVarint() != 0;
                case 6 << 3 | WireReader.BYTES -> storageMicros = ReadReply.readStorageMicros(reader, storageMicros);
                case 7 << 3 -> degraded = reader.readVarint() != 0;
                default -> reader.skipField(tag);
            }
        }
        return new LookupReply(cachedBlocks, blocks, error, success, degraded, storageMicros);
    }

    private static BlockLocation readBlock(WireReader reader) throws IOException {
        long hash = 0;
        String location = "";
        long sizeBytes = 0;
        Tier tier = Tier.UNSPECIFIED;
        int outer = reader.enter();
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 -> hash = reader.readVarint();
                case 2 << 3 | WireReader.BYTES -> location = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                case 3 << 3 -> sizeBytes = reader.readVarint();
                case 4 << 3 -> tier = tier((int) reader.readVarint());
                default -> reader.skipField(tag);
            }
        }
        reader.leave(outer);
        return new BlockLocation(hash, location, sizeBytes, tier);
    }

    private static Tier tier(int number) {
        return switch (number) {
            case io.kvstore.protos.Tier.TIER_MEMORY_VALUE -> Tier.MEMORY;
            case io.kvstore.protos.Tier.TIER_LOCAL_DISK_VALUE -> Tier.LOCAL_DISK;
            case io.kvstore.protos.Tier.TIER_REMOTE_VALUE -> Tier.REMOTE;
            default -> Tier.UNSPECIFIED;
        };
    }

    /** The result. @throws KVStoreException what the server answered in its place */
    LookupResult toResult() {
        if (!success) {
            throw ErrorText.parse(error);
        }
        int count = Math.min(Math.max(0, cachedBlocks), blocks.size());
        return new LookupResult(
                blocks.subList(0, count), degraded, TimeUnit.MICROSECONDS.toNanos(storageLatencyMicros));
    }
}
