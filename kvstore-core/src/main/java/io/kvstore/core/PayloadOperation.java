package io.kvstore.core;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;

/** Writes a blob. Owns a claim on its payload until it is finished. */
abstract class PayloadOperation extends LogOperation {

    private final BlobInfo info;
    private final Payload payload;

    /** @param payload a claim that is this operation's own */
    PayloadOperation(StoreId store, BlobKey key, BlobInfo info, Payload payload) {
        super(store, key);
        this.info = info;
        this.payload = payload;
    }

    final BlobInfo info() {
        return info;
    }

    @Override
    final Pieces payload() {
        return Pieces.of(payload);
    }

    @Override
    final long queuedBytes() {
        return RecordFormat.FIXED_BYTES + info.attributes().length + (long) info.payloadBytes();
    }

    @Override
    final void letGo() {
        payload.close();
    }
}
