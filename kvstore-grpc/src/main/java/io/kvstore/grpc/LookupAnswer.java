package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.LookupResult;
import io.kvstore.protos.BlockLocation;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ServerMetrics;
import io.kvstore.protos.Tier;
import java.io.IOException;

/** A LookupResponse about to be sent: its blocks, of which there may be thousands, are encoded from the result. */
record LookupAnswer(LookupResult result, ServerMetrics metrics) implements WireMessage {

    /** The fields before the blocks. */
    private LookupResponse head() {
        return LookupResponse.newBuilder()
                .setCachedBlocks(result.cachedBlocks())
                .setLastHash(result.lastHash())
                .build();
    }

    /** The fields after them. */
    private LookupResponse tail() {
        return LookupResponse.newBuilder()
                .setSuccess(true)
                .setServerMetrics(metrics)
                .setDegraded(result.degraded())
                .build();
    }

    @Override
    public int sizeBytes() {
        int bytes = head().getSerializedSize() + tail().getSerializedSize();
        for (io.kvstore.api.BlockLocation block : result.blocks()) {
            int blockBytes = bytesOf(block);
            bytes += 1 + CodedOutputStream.computeUInt32SizeNoTag(blockBytes) + blockBytes;
        }
        return bytes;
    }

    private static int bytesOf(io.kvstore.api.BlockLocation block) {
        int bytes = 0;
        if (block.hash() != 0) {
            bytes += CodedOutputStream.computeUInt64Size(BlockLocation.HASH_FIELD_NUMBER, block.hash());
        }
        if (!block.location().isEmpty()) {
            bytes += CodedOutputStream.computeStringSize(BlockLocation.LOCATION_FIELD_NUMBER, block.location());
        }
        if (block.sizeBytes() != 0) {
            bytes += CodedOutputStream.computeInt64Size(BlockLocation.SIZE_BYTES_FIELD_NUMBER, block.sizeBytes());
        }
        Tier tier = tier(block.tier());
        if (tier != Tier.TIER_UNSPECIFIED) {
            bytes += CodedOutputStream.computeEnumSize(BlockLocation.TIER_FIELD_NUMBER, tier.getNumber());
        }
        return bytes;
    }

    @Override
    public void writeTo(CodedOutputStream out) throws IOException {
        head().writeTo(out);
        for (io.kvstore.api.BlockLocation block : result.blocks()) {
            out.writeTag(LookupResponse.LOCATIONS_FIELD_NUMBER, WireReader.BYTES);
            out.writeUInt32NoTag(bytesOf(block));
            write(block, out);
        }
        tail().writeTo(out);
    }

    private static void write(io.kvstore.api.BlockLocation block, CodedOutputStream out) throws IOException {
        if (block.hash() != 0) {
            out.writeUInt64(BlockLocation.HASH_FIELD_NUMBER, block.hash());
        }
        if (!block.location().isEmpty()) {
            out.writeString(BlockLocation.LOCATION_FIELD_NUMBER, block.location());
        }
        if (block.sizeBytes() != 0) {
            out.writeInt64(BlockLocation.SIZE_BYTES_FIELD_NUMBER, block.sizeBytes());
        }
        Tier tier = tier(block.tier());
        if (tier != Tier.TIER_UNSPECIFIED) {
            out.writeEnum(BlockLocation.TIER_FIELD_NUMBER, tier.getNumber());
        }
    }

    private static Tier tier(io.kvstore.api.Tier tier) {
        return switch (tier) {
            case UNSPECIFIED -> Tier.TIER_UNSPECIFIED;
            case MEMORY -> Tier.TIER_MEMORY;
            case LOCAL_DISK -> Tier.TIER_LOCAL_DISK;
            case REMOTE -> Tier.TIER_REMOTE;
        };
    }
}
