package io.kvstore.azurite;

import java.nio.file.Path;

/** Installs with the npm that it is told, into the cache that it is told, and says where. */
final class Installer {

    private Installer() {}

    public static void main(String[] args) throws Exception {
        System.out.println(new Installation(Path.of(args[0]), new Npm(args[1])).directory());
    }
}
