/** See docs/architecture.md. */
@NullMarked
package io.kvstore.server;

import org.jspecify.annotations.NullMarked;
