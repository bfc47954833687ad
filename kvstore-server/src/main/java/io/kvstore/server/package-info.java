/**
 * The standalone server: flags and configuration, the wiring of engine and wire, metrics and health for an operator, an
 * orderly end. Nothing here is on the data path.
 */
@NullMarked
package io.kvstore.server;

import org.jspecify.annotations.NullMarked;
