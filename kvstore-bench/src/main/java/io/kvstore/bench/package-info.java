/** See docs/architecture.md. */
@NullMarked
package io.kvstore.bench;

import org.jspecify.annotations.NullMarked;
