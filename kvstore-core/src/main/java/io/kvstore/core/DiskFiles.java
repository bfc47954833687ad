package io.kvstore.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The file system as the segment log sees it. */
interface DiskFiles {

    /** A new, empty file; fails when there is one. */
    DiskFile create(Path file) throws IOException;

    /** An existing file, for reading and writing. */
    DiskFile open(Path file) throws IOException;

    /** Removes the file; does nothing when it is gone already. */
    void delete(Path file) throws IOException;

    /** The files right inside. */
    List<Path> list(Path directory) throws IOException;

    /** Makes creations and deletions in the directory survive a loss of power. */
    void forceDirectory(Path directory) throws IOException;

    /** Bytes that can still be written to the file system of the directory. */
    long usableBytes(Path directory) throws IOException;
}
