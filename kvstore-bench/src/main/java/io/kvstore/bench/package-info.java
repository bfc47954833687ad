/**
 * The command line for people and for proof: a demo on a real server, the replay of recorded traffic, lookup, read and write
 * at a shell. Each run checks what the store answers against a model of its own.
 */
@NullMarked
package io.kvstore.bench;

import org.jspecify.annotations.NullMarked;
