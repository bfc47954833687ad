package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;

/** A message that is written field by field: where the generated class would first build an object for each element. */
interface WireMessage {

    /** What {@link #writeTo} writes. */
    int sizeBytes();

    void writeTo(CodedOutputStream out) throws IOException;
}
