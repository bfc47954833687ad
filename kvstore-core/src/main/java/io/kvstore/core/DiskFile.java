package io.kvstore.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;

/**
 * One open file: what the segment log asks of a file system, small enough to inject faults. Never interrupt a thread that is
 * in here: the JDK would close the file under everybody else.
 */
interface DiskFile extends AutoCloseable {

    /** Writes some of the remaining bytes at that position of the file; returns how many. */
    int write(ByteBuffer source, long position) throws IOException;

    /** Reads some bytes from that position of the file on; returns how many, -1 at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    long length() throws IOException;

    /** Cuts the file there or extends it with zeros that take no space. */
    void setLength(long bytes) throws IOException;

    /** Whether this very file is still to be found under its name; false after somebody removed or replaced it. */
    boolean isThere() throws IOException;

    /** Returns once everything written is on the medium. */
    void force() throws IOException;

    /** Maps the first bytes of the file, which must be that long, for reading. Outlives {@link #close()}. */
    MappedByteBuffer map(long bytes) throws IOException;

    @Override
    void close() throws IOException;
}
