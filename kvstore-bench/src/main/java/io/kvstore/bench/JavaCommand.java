package io.kvstore.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a JVM like this one is started. */
final class JavaCommand {

    private JavaCommand() {}

    /** java and the flags that {@code ./kvstore} chose for this JVM: those it would choose for a server. */
    static List<String> withFlagsOfThisJvm() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-X") || flag.startsWith("--") || flag.startsWith("-Dio.netty."))
                .forEach(command::add);
        return command;
    }

    /** What makes java run a class of this program. */
    static List<String> program(String mainClass) {
        return List.of("-cp", System.getProperty("java.class.path"), mainClass);
    }
}
