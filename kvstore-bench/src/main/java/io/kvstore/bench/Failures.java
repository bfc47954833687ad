package io.kvstore.bench;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What a failure means to a person and to a script. */
final class Failures {

    private Failures() {}

    static int exitCode(Exception failure) {
        return failure instanceof CommandFailure known ? known.exitCode() : Exit.FAILURE;
    }

    /** One line about why {@code command} failed. */
    static String message(Exception failure, CommandSpec command) {
        if (failure instanceof CommandFailure known) {
            return String.valueOf(known.getMessage());
        }
        if (failure instanceof FileSystemException known) {
            return "cannot use '" + known.getFile() + "': " + reason(known);
        }
        if (failure instanceof KVStoreException known) {
            return unreachable(known)
                    .flatMap(why -> target(command)
                            .map(target ->
                                    "cannot reach " + target + ": " + why + " (is a server running? ./kvstore serve)"))
                    .orElse(known.reason() + ": " + known.getMessage());
        }
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    private static String reason(FileSystemException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NotDirectoryException) {
            return "not a directory";
        }
        return failure.getReason() == null ? failure.getClass().getSimpleName() : failure.getReason();
    }

    // gRPC says "io exception"; what a person can act on is the cause below.
    private static Optional<String> unreachable(KVStoreException failure) {
        if (failure.reason() != Reason.UNAVAILABLE) {
            return Optional.empty();
        }
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return Optional.of("unknown host");
            }
            if (cause instanceof ConnectException) {
                String message = String.valueOf(cause.getMessage());
                return Optional.of(message.contains("Connection refused") ? "Connection refused" : message);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> target(CommandSpec command) {
        OptionSpec target = command.findOption("--target");
        Object value = target == null ? null : target.getValue();
        return value instanceof Optional<?> given
                ? given.map(String::valueOf)
                : Optional.ofNullable(value).map(String::valueOf);
    }
}
