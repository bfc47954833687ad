/**
 * What runs in the processes that {@code ./kvstore bench} starts: one makes load, one is the raw TCP server that the others are
 * held against. They are told what to do on stdin, a line a job, and answer on stdout, a line an outcome.
 */
@NullMarked
package io.kvstore.bench.load;

import org.jspecify.annotations.NullMarked;
