package io.kvstore.bench.figures;

import java.util.List;
import java.util.Locale;

/** The payloads that are measured: 0.5 KB is 512 bytes, 64 KB 65,536; MB are 10^6. */
public final class Sizes {

    public static final int SMALL = 512;
    public static final int KB_64 = 64 << 10;
    public static final int USUAL = 1_200_000;
    public static final int MB_16 = 16_000_000;
    public static final int MB_40 = 40_000_000;

    public static final List<Integer> ALL = List.of(SMALL, KB_64, USUAL, MB_16, MB_40);

    private static final int MEGA = 1_000_000;

    private Sizes() {}

    /** As in "1.2MB". */
    static String label(int bytes) {
        if (bytes >= MEGA) {
            String megabytes = String.format(Locale.ROOT, "%.1f", bytes / (double) MEGA);
            return megabytes.replaceAll("\\.0$", "") + "MB";
        }
        return bytes % 1024 == 0 ? bytes / 1024 + "KB" : bytes == SMALL ? "0.5KB" : bytes + "B";
    }
}
