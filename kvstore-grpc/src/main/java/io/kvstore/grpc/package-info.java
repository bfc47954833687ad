/** See docs/architecture.md. */
@NullMarked
package io.kvstore.grpc;

import org.jspecify.annotations.NullMarked;
