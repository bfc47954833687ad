package io.kvstore.bench;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.server.FileFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What a failure means to a person and to a script. */
final class Failures {

    /** Netty shows all that it received where it expected TLS. */
    private static final Pattern BYTES = Pattern.compile("[:\\s]*\\b(?:[0-9a-fA-F]{2}){8,}\\b");

    private Failures() {}

    static int exitCode(Exception failure) {
        if (failure instanceof CommandFailure known) {
            return known.exitCode();
        }
        boolean badUsage = failure instanceof KVStoreException known && known.reason() == Reason.INVALID_ARGUMENT;
        return badUsage ? Exit.USAGE : Exit.FAILURE;
    }

    /** One line about why {@code command} failed. */
    static String message(Exception failure, CommandSpec command) {
        if (failure instanceof CommandFailure known) {
            return String.valueOf(known.getMessage());
        }
        if (failure instanceof FileSystemException known) {
            return "cannot use '" + known.getFile() + "': " + FileFailure.reason(known);
        }
        if (failure instanceof KVStoreException known) {
            return unreachable(known, command).orElse(known.reason() + ": " + plain(known));
        }
        if (failure instanceof IOException known) {
            return FileFailure.reason(known);
        }
        return "internal error: " + failure;
    }

    // gRPC says "io exception", or "http2 exception"; what a person can act on is the cause below, or what listens
    // there.
    private static Optional<String> unreachable(KVStoreException failure, CommandSpec command) {
        Optional<String> target = target(command);
        if (target.isEmpty() || (failure.reason() != Reason.UNAVAILABLE && failure.reason() != Reason.INTERNAL)) {
            return Optional.empty();
        }
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return Optional.of(
                        "cannot reach " + target.get() + ": unknown host (is a server running? ./kvstore serve)");
            }
            if (cause instanceof ConnectException) {
                String message = String.valueOf(cause.getMessage());
                return Optional.of("cannot reach " + target.get() + ": "
                        + (message.contains("Connection refused") ? "Connection refused" : message)
                        + " (is a server running? ./kvstore serve)");
            }
            if (cause instanceof SSLHandshakeException && deepest(cause) instanceof GeneralSecurityException why) {
                return Optional.of("the certificate of " + target.get() + " is not trusted: " + why.getMessage()
                        + " (--tls-ca FILE names who vouches for it, and it has to be for the host of --target)");
            }
        }
        return Listener.at(target.get()).against(isTls(command)).map(found -> target.get() + " " + found);
    }

    /** Without what gRPC appends of its own structure, and with the cause that it leaves out. */
    private static String plain(KVStoreException failure) {
        String said = String.valueOf(failure.getMessage());
        Throwable why = deepest(failure);
        if (why instanceof SSLException && why.getMessage() != null) {
            return "TLS failed: " + BYTES.matcher(why.getMessage()).replaceAll("");
        }
        int structure = said.indexOf("Channel Pipeline: [");
        return structure < 0
                ? said
                : said.substring(0, structure).replace("\\u000a", "").strip();
    }

    private static Throwable deepest(Throwable failure) {
        return failure.getCause() == null ? failure : deepest(failure.getCause());
    }

    private static boolean isTls(CommandSpec command) {
        return Stream.of("--tls", "--tls-ca", "--tls-cert")
                .map(command::findOption)
                .anyMatch(option -> option != null
                        && option.getValue() != null
                        && !option.getValue().equals(false));
    }

    private static Optional<String> target(CommandSpec command) {
        OptionSpec target = command.findOption("--target");
        Object value = target == null ? null : target.getValue();
        return value instanceof Optional<?> given
                ? given.map(String::valueOf)
                : Optional.ofNullable(value).map(String::valueOf);
    }
}
