package io.kvstore.server;

import io.kvstore.database.ListedResource;
import io.kvstore.database.ResourceEntry;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Resources as text, for people. What the database says is shown on one line, whoever wrote it. */
final class ResourceTableText {

    private static final List<String> HEADING = List.of("NAME", "REGION", "ACCOUNTS", "CALLERS", "MAX CALLS", "STATE");

    private ResourceTableText() {}

    /** A line each. */
    static void print(PrintWriter out, List<ListedResource> resources) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADING);
        resources.forEach(resource -> rows.add(resource.entry()
                .map(ResourceTableText::row)
                .orElseGet(() -> List.of(resource.name(), "?", "?", "?", "?", "unusable: " + resource.problem()))));
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream()
                        .mapToInt(any -> OneLine.of(any.get(at)).length())
                        .max()
                        .orElse(0);
                String cell = OneLine.of(row.get(column));
                line.append(cell).append(" ".repeat(width - cell.length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static List<String> row(ResourceEntry entry) {
        return List.of(
                entry.name(),
                or(entry.accounts().homeRegion(), "-"),
                Integer.toString(entry.accounts().byRegion().values().stream()
                        .mapToInt(List::size)
                        .sum()),
                entry.callers().isEmpty()
                        ? ofNobodyOrAll(entry)
                        : Integer.toString(entry.callers().size()),
                limit(entry),
                state(entry));
    }

    /** Everything of one. */
    static void print(PrintWriter out, ResourceEntry entry) {
        out.println("name       " + OneLine.of(entry.name()));
        out.println("state      " + state(entry));
        out.println("region     " + OneLine.of(or(entry.accounts().homeRegion(), "-")));
        out.println("max calls  " + limit(entry));
        out.println("callers    "
                + (entry.callers().isEmpty() ? ofNobodyOrAll(entry) : OneLine.of(String.join(", ", entry.callers()))));
        new TreeMap<>(entry.accounts().byRegion())
                .forEach((region, accounts) -> accounts.forEach(account -> out.println(OneLine.of("account    "
                        + or(region, "-") + "  " + account.name() + "  " + account.endpoint()
                        + (account.credential().isEmpty() ? "" : "  credential " + account.credential())))));
    }

    private static String ofNobodyOrAll(ResourceEntry entry) {
        return entry.openToAll() ? "everybody" : "nobody";
    }

    private static String limit(ResourceEntry entry) {
        return entry.maxCalls() == 0 ? "no limit" : Integer.toString(entry.maxCalls());
    }

    private static String state(ResourceEntry entry) {
        return entry.enabled() ? "enabled" : "disabled";
    }

    private static String or(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }
}
