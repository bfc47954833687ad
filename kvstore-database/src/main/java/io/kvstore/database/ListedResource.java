package io.kvstore.database;

import java.util.Optional;

/**
 * One line of a list of resources.
 *
 * @param name as the database has it
 * @param entry empty when what the database has cannot be used: somebody wrote it by hand
 * @param problem why it cannot, without what was written; "" when it can
 */
public record ListedResource(String name, Optional<ResourceEntry> entry, String problem) {}
