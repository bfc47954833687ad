package io.kvstore.server;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;

/**
 * Usages whose lines end between words alone: picocli breaks them behind a slash, a dash or a bracket as well, and an address or
 * a flag that is copied from two lines is none. So it is asked for lines without end, which are broken here.
 */
public final class UsageText {

    private static final int MAX_CHARS = 110;
    private static final int UNBROKEN = 10_000;

    /** An option or a parameter and its description, with two blanks or more between. */
    private static final Pattern TABLE_ROW = Pattern.compile("( *\\S+(?: \\S+)* {2,})\\S.*");

    private static final Pattern SYNOPSIS = Pattern.compile("(Usage: (?:[a-z-]+ )+).*");
    private static final Pattern INDENT = Pattern.compile("( *).*");

    private UsageText() {}

    /** Has a command line, with all its commands, show usages of this kind. */
    public static void apply(CommandLine commandLine) {
        commandLine.setUsageHelpWidth(UNBROKEN);
        Map<String, IHelpSectionRenderer> sections = new HashMap<>(commandLine.getHelpSectionMap());
        sections.replaceAll((key, section) -> help -> wrapped(section.render(help)));
        // Together, as they share a line.
        sections.put(SECTION_KEY_SYNOPSIS_HEADING, help -> "");
        sections.put(SECTION_KEY_SYNOPSIS, UsageText::synopsis);
        commandLine.setHelpSectionMap(sections);
    }

    /** The usage without the options, which would push the line that matters off the screen. */
    public static String synopsis(CommandLine commandLine) {
        return synopsis(new Help(commandLine.getCommandSpec(), Help.defaultColorScheme(Help.Ansi.OFF)));
    }

    private static String synopsis(Help help) {
        return wrapped(help.synopsisHeading() + help.synopsis(help.synopsisHeadingLength()));
    }

    /** The text with its lines broken between words. */
    static String wrapped(String text) {
        StringBuilder all = new StringBuilder();
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            wrap(text.substring(start, end < 0 ? text.length() : end), all);
            if (end >= 0) {
                all.append('\n');
            }
            start = end < 0 ? text.length() : end + 1;
        }
        return all.toString();
    }

    private static void wrap(String line, StringBuilder all) {
        String rest = line;
        String indent = " ".repeat(indent(line));
        while (rest.length() > MAX_CHARS) {
            int at = rest.lastIndexOf(' ', MAX_CHARS);
            if (at <= indent.length()) {
                at = rest.indexOf(' ', MAX_CHARS); // a word longer than a line
            }
            if (at < 0) {
                break;
            }
            all.append(rest, 0, at).append('\n');
            rest = indent + rest.substring(at + 1);
        }
        all.append(rest);
    }

    /** Where the lines begin that continue this one. */
    private static int indent(String line) {
        for (Pattern form : new Pattern[] {SYNOPSIS, TABLE_ROW, INDENT}) {
            Matcher matcher = form.matcher(line);
            if (matcher.matches()) {
                return matcher.group(1).length();
            }
        }
        return 0;
    }
}
