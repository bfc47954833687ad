package io.kvstore.grpc;

import java.io.IOException;

/** Bytes that are no protobuf message: cut off, or lengths that contradict each other. */
final class MalformedMessageException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedMessageException(String what) {
        super(what);
    }
}
