/**
 * A database of resources, PostgreSQL or an embedded H2: where their chunks are kept, who may use them, how much at a time.
 * Apart from the other account resolvers for the libraries that it brings along.
 */
@NullMarked
package io.kvstore.database;

import org.jspecify.annotations.NullMarked;
