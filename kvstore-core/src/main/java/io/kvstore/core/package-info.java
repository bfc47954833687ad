/** See docs/architecture.md. */
@NullMarked
package io.kvstore.core;

import org.jspecify.annotations.NullMarked;
