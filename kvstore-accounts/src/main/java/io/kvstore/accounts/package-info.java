/**
 * Where a resource's chunks are kept, for backends that have storage accounts: a memory in front of whoever knows, and the
 * configuration documents of existing deployments. Knows no cloud and no database.
 */
@NullMarked
package io.kvstore.accounts;

import org.jspecify.annotations.NullMarked;
