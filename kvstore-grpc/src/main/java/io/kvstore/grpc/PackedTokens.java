package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;
import java.util.Arrays;

/**
 * The tokens of a lookup as they arrive, in the bytes they arrive in: one array for a prompt that comes in one packed
 * field. Of more than are allowed a few are kept, so that they are refused; those after them are passed over.
 */
final class PackedTokens {

    private static final byte[] NONE = {};
    private static final int MAX_VARINT_BYTES = 10;

    /** What as many tokens as are allowed can take: 40 MiB. More are too many, however they are written. */
    private static final int MAX_BYTES = Limits.MAX_LOOKUP_TOKENS * MAX_VARINT_BYTES;

    private byte[] bytes = NONE;
    private int length;

    /** As many tokens came, or more: of a packed field its length tells, without a look at each byte. */
    private int atLeast;

    /** One token that came alone. */
    void add(long token) {
        if (atLeast > Limits.MAX_LOOKUP_TOKENS) {
            return;
        }
        atLeast++;
        makeRoom(MAX_VARINT_BYTES, length / 2);
        length = Varints.write(token, bytes, length);
    }

    /** Reads the packed form of the field. */
    void addPacked(WireReader reader) throws IOException {
        int count = reader.readLength();
        if (atLeast > Limits.MAX_LOOKUP_TOKENS) {
            reader.skip(count);
            return;
        }
        atLeast += (count + MAX_VARINT_BYTES - 1) / MAX_VARINT_BYTES;
        // Most prompts come in one field, which gets an array of its length; of many small ones each is copied a few
        // times.
        makeRoom(count, length / 2);
        reader.readFully(bytes, length, count);
        length += count;
        if (count > 0 && bytes[length - 1] < 0) {
            throw new MalformedMessageException("ends inside a field");
        }
    }

    private void makeRoom(int count, int more) {
        if (count > MAX_BYTES - length) {
            throw new KVStoreException(
                    Reason.INVALID_ARGUMENT,
                    "tokens: more than " + MAX_BYTES + " bytes (expected: at most " + Limits.MAX_LOOKUP_TOKENS
                            + " tokens)");
        }
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(MAX_BYTES, length + count + more));
        }
    }

    /** Bytes of the array, and what is noted of where blocks begin. */
    long keptBytes() {
        return bytes.length + bytes.length / Limits.BLOCK_TOKENS * (long) Integer.BYTES;
    }

    /** The tokens, which take the array over. */
    TokenBlocks toTokens() throws IOException {
        return TokenBlocks.fromVarints(bytes, length)
                .orElseThrow(
                        () -> new MalformedMessageException("a token of more than " + MAX_VARINT_BYTES + " bytes"));
    }
}
