/** What {@code ./kvstore bench} measured: figures, ratios, goals, and how they are shown. Starts and measures nothing itself. */
@NullMarked
package io.kvstore.bench.figures;

import org.jspecify.annotations.NullMarked;
