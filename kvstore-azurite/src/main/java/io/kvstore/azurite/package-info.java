/**
 * <a href="https://github.com/Azure/Azurite">Azurite</a> as a process: what tests, the demo and a server without Azure run
 * on. JDK types only, and needed by none of the wings; see docs/adr/0004-azurite-is-a-leaf.md.
 */
@NullMarked
package io.kvstore.azurite;

import org.jspecify.annotations.NullMarked;
