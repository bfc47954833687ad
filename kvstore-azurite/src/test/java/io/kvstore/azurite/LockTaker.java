package io.kvstore.azurite;

import java.io.IOException;
import java.nio.file.Path;

/** Tries to lock a directory as another process would; exit code 0 when it got it. */
final class LockTaker {

    private LockTaker() {}

    public static void main(String[] args) {
        try {
            DirectoryLock.of(Path.of(args[0])).close();
        } catch (IOException e) {
            System.exit(1);
        }
    }
}
