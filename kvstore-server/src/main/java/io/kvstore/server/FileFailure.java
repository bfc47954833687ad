package io.kvstore.server;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file cannot be used, in words: the JDK's exceptions have no more than a path for a message. */
public final class FileFailure {

    private FileFailure() {}

    /** The reason alone, without the file. */
    public static String reason(IOException failure) {
        if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) {
            return "no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "a file is in its place";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return "directory not empty";
        }
        if (failure instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        return failure.getMessage() == null ? "input or output failed" : failure.getMessage();
    }

    /** The reason, and the file where the failure names one; the message of any other failure. */
    static String text(Throwable failure) {
        if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
            return text(unchecked.getCause());
        }
        if (failure instanceof FileSystemException known && known.getFile() != null) {
            return "'" + known.getFile() + "': " + reason(known);
        }
        if (failure instanceof IOException io) {
            return reason(io);
        }
        return failure.getMessage() == null ? "for no known reason" : failure.getMessage();
    }
}
