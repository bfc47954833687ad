package io.kvstore.server;

import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGTERM and Ctrl-C. The first ends the process through its shutdown hooks, as the JVM would; the JVM ignores all that come
 * after it, and an operator who does not want to wait would be left with kill -9.
 *
 * <p>Reflection, because {@code sun.misc.Signal} is what there is and javac warns of every mention of it. Where it is not to
 * be had, or the JVM was started with {@code -Xrs}, signals do what they do without this class.
 */
final class EndSignals {

    /** A process that is ended by a signal has this exit code and the signal's number, by the convention of shells. */
    private static final int EXIT_BY_SIGNAL = 128;

    private static final List<String> NAMES = List.of("TERM", "INT");

    @FunctionalInterface
    private interface Handler {
        void received(String name, int number);
    }

    private EndSignals() {}

    /**
     * The first of them ends in order, the next one at once.
     *
     * @param beforeTheEnd runs before the process ends at once; quick
     */
    static void endAtOnceOnTheSecond(PrintStream err, Runnable beforeTheEnd) {
        AtomicBoolean ending = new AtomicBoolean();
        for (String signal : NAMES) {
            handle(signal, (name, number) -> {
                if (ending.compareAndSet(false, true)) {
                    System.exit(EXIT_BY_SIGNAL + number); // the drain, a hook, has the last word on the code
                }
                err.println("kvstore-server: ended at once by a second signal, SIG" + name);
                beforeTheEnd.run();
                Runtime.getRuntime().halt(EXIT_BY_SIGNAL + number);
            });
        }
    }

    /**
     * For a process that another one looks after. A terminal sends Ctrl-C to both, and a service manager SIGTERM to both, and
     * then its parent asks it to end: that is one wish and not two.
     */
    static void leaveCtrlCToTheParent() {
        handle("INT", (name, number) -> {});
    }

    private static void handle(String name, Handler handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
            int number = (int) signal.getMethod("getNumber")
                    .invoke(signal.getConstructor(String.class).newInstance(name));
            Object proxy = Proxy.newProxyInstance(
                    EndSignals.class.getClassLoader(), new Class<?>[] {signalHandler}, (self, method, arguments) -> {
                        handler.received(name, number);
                        return null;
                    });
            signal.getMethod("handle", signal, signalHandler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
            // The JVM's own handling stays.
        }
    }
}
