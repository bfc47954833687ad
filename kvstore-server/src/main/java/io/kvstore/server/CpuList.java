package io.kvstore.server;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A set of numbers as Linux lists CPUs and nodes: {@code 0-3,8-11}.
 *
 * @param ids ascending, each once
 */
record CpuList(List<Integer> ids) {

    /** Linux has at most 8,192 CPUs; a list that names more is not one. */
    private static final int MAX_ID = 65_535;

    private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

    CpuList {
        ids = List.copyOf(new TreeSet<>(ids));
    }

    /** The numbers from 0 on. */
    static CpuList first(int count) {
        return new CpuList(IntStream.range(0, count).boxed().toList());
    }

    /**
     * Reads a list; an empty one is what a node without CPUs has.
     *
     * @throws IllegalArgumentException when it is no list
     */
    static CpuList parse(String text) {
        List<Integer> ids = new ArrayList<>();
        if (!text.isBlank()) {
            for (String range : text.strip().split(",", -1)) {
                addRange(ids, range.strip(), text);
            }
        }
        return new CpuList(ids);
    }

    private static void addRange(List<Integer> ids, String range, String text) {
        Matcher bounds = RANGE.matcher(range);
        if (bounds.matches()) {
            int from = Integer.parseInt(bounds.group(1));
            int to = bounds.group(2) == null ? from : Integer.parseInt(bounds.group(2));
            if (from <= to && to <= MAX_ID) {
                IntStream.rangeClosed(from, to).forEach(ids::add);
                return;
            }
        }
        throw new IllegalArgumentException("'" + OneLine.of(text.strip()) + "' (expected: a list such as 0-3,8-11)");
    }

    CpuList and(CpuList other) {
        TreeSet<Integer> both = new TreeSet<>(ids);
        both.retainAll(other.ids);
        return new CpuList(List.copyOf(both));
    }

    /** The numbers at these places, {@code to} not included. */
    CpuList slice(int from, int to) {
        return new CpuList(ids.subList(from, to));
    }

    int size() {
        return ids.size();
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }

    /** The list in the form it was read in. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int from = 0;
        while (from < ids.size()) {
            int to = from;
            while (to + 1 < ids.size() && ids.get(to + 1) == ids.get(to) + 1) {
                to++;
            }
            text.append(from == 0 ? "" : ",").append(ids.get(from));
            if (to > from) {
                text.append('-').append(ids.get(to));
            }
            from = to + 1;
        }
        return text.toString();
    }
}
