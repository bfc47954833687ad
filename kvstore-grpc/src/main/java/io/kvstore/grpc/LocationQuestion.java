package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import java.io.IOException;

/**
 * A ReadRequest as it arrived, nothing checked yet. Long texts are cut a little over their limit and bad UTF-8 becomes
 * U+FFFD: both are refused in their place, and many of them waiting in a stream take little memory.
 */
record LocationQuestion(String resource, String container, String location, String completionId) {

    static LocationQuestion parse(WireReader reader) throws IOException {
        String resource = "";
        String container = "";
        String location = "";
        String completionId = "";
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            switch (tag) {
                case 1 << 3 | WireReader.BYTES -> resource = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                case 2 << 3 | WireReader.BYTES -> container = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                case 3 << 3 | WireReader.BYTES -> location = reader.readLenientText(Limits.MAX_LOCATION_CHARS);
                case 4 << 3 | WireReader.BYTES -> completionId = reader.readLenientText(Limits.MAX_COMPLETION_ID_BYTES);
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

    ReadQuestion toReadQuestion() {
        return new ReadQuestion(resource, container, location);
    }
}
