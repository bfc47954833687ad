package io.kvstore.server;

/**
 * The answer of {@code /healthz}.
 *
 * @param text one line
 */
record Health(boolean serving, String text) {

    static final Health SERVING = new Health(true, "serving");
    static final Health DRAINING = new Health(false, "draining");
}
