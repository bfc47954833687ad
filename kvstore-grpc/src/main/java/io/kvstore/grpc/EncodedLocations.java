package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.BlockLocation;
import io.kvstore.api.Tier;
import io.kvstore.protos.LookupResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The locations field of a LookupResponse, byte for byte as the generated class writes it, without an object for each block. */
final class EncodedLocations {

    private static final int TAG_BYTES = 1;

    /** Of a block, without the characters of its location: four tags and a fifth before all, three numbers, two lengths, a tier. */
    private static final int MAX_FIELDS_BYTES = 5 * TAG_BYTES + 2 * Varints.MAX_BYTES + 2 * 5 + 1;

    /** Of a location of ours and its fields: 121 with a payload of a megabyte. */
    private static final int USUAL_BLOCK_BYTES = 128;

    private byte[] bytes;
    private int length;

    EncodedLocations(List<BlockLocation> blocks) {
        bytes = new byte[blocks.size() * USUAL_BLOCK_BYTES];
        for (BlockLocation block : blocks) {
            add(block);
        }
    }

    private void add(BlockLocation block) {
        byte[] location = block.location().getBytes(StandardCharsets.UTF_8);
        makeRoom(MAX_FIELDS_BYTES + location.length);
        int tier = number(block.tier());
        int blockBytes = numberBytes(block.hash())
                + (location.length == 0 ? 0 : TAG_BYTES + Varints.sizeOf(location.length) + location.length)
                + numberBytes(block.sizeBytes())
                + numberBytes(tier);
        int at = length;
        bytes[at++] = LookupResponse.LOCATIONS_FIELD_NUMBER << 3 | WireReader.BYTES;
        at = Varints.write(blockBytes, bytes, at);
        at = writeNumber(io.kvstore.protos.BlockLocation.HASH_FIELD_NUMBER, block.hash(), at);
        if (location.length > 0) {
            bytes[at++] = io.kvstore.protos.BlockLocation.LOCATION_FIELD_NUMBER << 3 | WireReader.BYTES;
            at = Varints.write(location.length, bytes, at);
            System.arraycopy(location, 0, bytes, at, location.length);
            at += location.length;
        }
        at = writeNumber(io.kvstore.protos.BlockLocation.SIZE_BYTES_FIELD_NUMBER, block.sizeBytes(), at);
        length = writeNumber(io.kvstore.protos.BlockLocation.TIER_FIELD_NUMBER, tier, at);
    }

    private void makeRoom(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, length + count + bytes.length / 2);
        }
    }

    /** Zero is what a field has that is not there. */
    private static int numberBytes(long number) {
        return number == 0 ? 0 : TAG_BYTES + Varints.sizeOf(number);
    }

    private int writeNumber(int field, long number, int at) {
        if (number == 0) {
            return at;
        }
        bytes[at] = (byte) (field << 3);
        return Varints.write(number, bytes, at + 1);
    }

    private static int number(Tier tier) {
        return switch (tier) {
            case UNSPECIFIED -> io.kvstore.protos.Tier.TIER_UNSPECIFIED_VALUE;
            case MEMORY -> io.kvstore.protos.Tier.TIER_MEMORY_VALUE;
            case LOCAL_DISK -> io.kvstore.protos.Tier.TIER_LOCAL_DISK_VALUE;
            case REMOTE -> io.kvstore.protos.Tier.TIER_REMOTE_VALUE;
        };
    }

    int sizeBytes() {
        return length;
    }

    void writeTo(CodedOutputStream out) throws IOException {
        out.write(bytes, 0, length);
    }
}
