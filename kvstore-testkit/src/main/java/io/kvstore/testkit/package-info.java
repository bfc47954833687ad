/** See docs/architecture.md. */
@NullMarked
package io.kvstore.testkit;

import org.jspecify.annotations.NullMarked;
