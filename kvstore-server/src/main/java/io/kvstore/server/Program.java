package io.kvstore.server;

/** What somebody typed to run this program: messages and usages begin with it. */
final class Program {

    /** Set by the launcher; processes of this one get it with all of its JVM flags. */
    private static final String PROPERTY = "kvstore.program";

    static final String NAME = System.getProperty(PROPERTY, "kvstore-server");

    private Program() {}
}
