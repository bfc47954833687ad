package io.kvstore.bench;

import io.kvstore.bench.load.GrowthMain;
import io.kvstore.bench.load.LoadMain;
import io.kvstore.bench.load.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** A process of {@link GrowthMain}. */
final class GrowthProcess implements AutoCloseable {

    private final Process process;

    private GrowthProcess(Process process) {
        this.process = process;
    }

    static GrowthProcess launch(BenchRun.Extent extent, List<Integer> sizes) throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.withFlagsOfThisJvm());
        command.add(GrowthMain.HEAP_FLAG);
        command.addAll(JavaCommand.program(GrowthMain.class.getName()));
        command.add(Integer.toString(extent.rounds()));
        command.add(Double.toString(extent.seconds()));
        sizes.forEach(size -> command.add(Integer.toString(size)));
        return new GrowthProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits for all it has to say: what came of each turn, by the size. */
    void await(BiConsumer<Integer, Outcome> onTurn) throws IOException {
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = said.readLine()) != null; ) {
                if (line.startsWith(LoadMain.OUTCOME_PREFIX)) {
                    String[] parts =
                            line.substring(LoadMain.OUTCOME_PREFIX.length()).split(" ", 2);
                    onTurn.accept(Integer.valueOf(parts[0]), Outcome.parse(parts[1]));
                }
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
