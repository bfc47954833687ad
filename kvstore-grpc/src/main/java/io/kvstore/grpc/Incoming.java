package io.kvstore.grpc;

import io.grpc.MethodDescriptor.Marshaller;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.io.IOException;
import java.io.InputStream;

/** The marshaller of messages that are received here and never sent. */
final class Incoming<T> implements Marshaller<Decoded<T>> {

    /** Reads one message to its end; leaves nothing open when it throws. */
    interface Parser<T> {
        T parse(WireReader reader) throws IOException;
    }

    private final String name;
    private final Reason ifMalformed;
    private final Parser<T> parser;

    /**
     * A marshaller.
     *
     * @param name of the message, for errors
     * @param ifMalformed whose mistake bytes are that are no message
     */
    Incoming(String name, Reason ifMalformed, Parser<T> parser) {
        this.name = name;
        this.ifMalformed = ifMalformed;
        this.parser = parser;
    }

    @Override
    public Decoded<T> parse(InputStream stream) {
        int bytes = 0;
        try {
            bytes = stream.available();
            return new Decoded<>(parser.parse(new WireReader(stream)), null, bytes);
        } catch (KVStoreException e) {
            return new Decoded<>(null, e, bytes);
        } catch (IOException e) {
            return new Decoded<>(
                    null, new KVStoreException(ifMalformed, name + ": malformed message: " + e.getMessage(), e), bytes);
        }
    }

    @Override
    public InputStream stream(Decoded<T> value) {
        throw new UnsupportedOperationException(name + " is received here, never sent");
    }
}
