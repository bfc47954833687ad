package io.kvstore.core;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The real file system. It must keep {@code mmap} and {@code write} coherent, as local ones on Linux and macOS do; network
 * file systems may not.
 */
final class LocalDiskFiles implements DiskFiles {

    @Override
    public DiskFile create(Path file) throws IOException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        return new LocalDiskFile(file);
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return new LocalDiskFile(file);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (java.io.File.separatorChar == '\\') {
            return; // Windows cannot open a directory, and journals its entries without being asked
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    private static final class LocalDiskFile implements DiskFile {

        // Not FileChannel.open: only RandomAccessFile can extend a file without writing to it.
        private final RandomAccessFile file;
        private final FileChannel channel;
        private final FileIdentity identity;

        LocalDiskFile(Path path) throws IOException {
            file = new RandomAccessFile(path.toFile(), "rw");
            channel = file.getChannel();
            try {
                identity = FileIdentity.of(path);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        }

        @Override
        public boolean isThere() throws IOException {
            return identity.isThere();
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            return channel.write(source, position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return channel.read(target, position);
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void setLength(long bytes) throws IOException {
            file.setLength(bytes);
        }

        @Override
        public void force() throws IOException {
            channel.force(false); // fdatasync: covers the length and the block map, not the time stamps
        }

        @Override
        public MappedByteBuffer map(long bytes) throws IOException {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
