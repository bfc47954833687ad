package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A ReadRequest as it arrived, nothing checked yet. Long texts are cut a little over their limit and bad UTF-8 becomes
 * what no text contains: both are refused in their place, and many of them waiting in a stream take little memory.
 */
record LocationQuestion(String resource, String container, String location, String completionId) {

    private static final long OBJECT_BYTES = 256;

    static LocationQuestion parse(WireReader reader) throws IOException {
        String resource = "";
        String container = "";
        String location = "";
        String completionId = "";
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 | WireReader.BYTES -> resource = reader.readName();
                case 2 << 3 | WireReader.BYTES -> container = reader.readName();
                case 3 << 3 | WireReader.BYTES -> location = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                case 4 << 3 | WireReader.BYTES -> completionId = reader.readText(Limits.MAX_COMPLETION_ID_BYTES);
                default -> reader.skipField(tag);
            }
        }
        return new LocationQuestion(resource, container, location, completionId);
    }

    StoreId store() {
        return new StoreId(resource, container);
    }

    /** The location to read. @throws KVStoreException INVALID_ARGUMENT naming the field and the rule */
    String checkedLocation() {
        if (location.isEmpty()) {
            throw new KVStoreException(Reason.INVALID_ARGUMENT, "location: must not be empty");
        }
        PromptChunk.checkedCompletionId(completionId);
        return location;
    }

    /** Why the completion id is refused; null when it is not, or something before it in the order of the contract is. */
    @Nullable
    KVStoreException completionIdFailure() {
        try {
            PromptChunk.checkedCompletionId(completionId);
            return null;
        } catch (KVStoreException e) {
            return e;
        }
    }

    /** What the question takes while it waits in a stream, about: two bytes a character, its objects and its places in line. */
    long waitingBytes() {
        return 2L * (resource.length() + container.length() + location.length()) + OBJECT_BYTES;
    }

    ReadQuestion toReadQuestion() {
        return new ReadQuestion(resource, container, location);
    }
}
