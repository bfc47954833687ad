package io.kvstore.grpc;

import io.grpc.MethodDescriptor.Marshaller;
import java.io.InputStream;
import java.util.function.Function;

/** The marshaller of messages that are sent from here and never received. */
final class Outgoing<T> implements Marshaller<T> {

    private final String name;
    private final Function<T, InputStream> encoder;

    Outgoing(String name, Function<T, InputStream> encoder) {
        this.name = name;
        this.encoder = encoder;
    }

    @Override
    public InputStream stream(T value) {
        return encoder.apply(value);
    }

    @Override
    public T parse(InputStream stream) {
        throw new UnsupportedOperationException(name + " is sent from here, never received");
    }
}
