package io.kvstore.azure;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A failure as it may be logged: what was thrown, from where and for what cause, in classes and places. Of its messages
 * only the network's: one of the SDK's may have the storage's answer in it, and that the signature of the request, or
 * its address, and that a SAS.
 */
final class UntoldFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** Causes of causes; there may be a circle. */
    private static final int MAX_CAUSES = 8;

    private UntoldFailure(String message, @Nullable Throwable cause, StackTraceElement[] places) {
        super(message, cause, false, true);
        setStackTrace(places);
    }

    static UntoldFailure of(Throwable failure) {
        return of(failure, MAX_CAUSES);
    }

    private static UntoldFailure of(Throwable failure, int causes) {
        Throwable cause = failure.getCause();
        return new UntoldFailure(
                text(failure), cause == null || causes == 0 ? null : of(cause, causes - 1), failure.getStackTrace());
    }

    private static String text(Throwable failure) {
        String name = failure.getClass().getName();
        return failure instanceof IOException && !name.startsWith("com.azure.")
                ? name + ": " + failure.getMessage()
                : name + " (" + AzureFailures.inShort(failure) + ")";
    }
}
