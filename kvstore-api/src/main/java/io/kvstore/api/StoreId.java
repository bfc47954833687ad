package io.kvstore.api;

import java.util.regex.Pattern;

/**
 * Names one store: a customer's resource and a container in it. Nothing can be addressed without one, which is what
 * keeps tenants apart.
 *
 * @param resource 1-63 of A-Z a-z 0-9 - _ . starting with a letter or digit
 * @param container 3-63 of a-z 0-9 and single hyphens, starting and ending with a letter or digit: Azure's rule
 */
public record StoreId(String resource, String container) {

    private static final Pattern RESOURCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern CONTAINER = Pattern.compile("[a-z0-9](?:-?[a-z0-9])+");

    /**
     * Validates the names, the resource first.
     *
     * @throws KVStoreException {@link Reason#INVALID_ARGUMENT} that names the field and the rule
     */
    public StoreId {
        checkedResource(resource);
        if (container.isEmpty()) {
            throw Rejected.field("container_name", "must not be empty");
        }
        if (container.length() < 3
                || container.length() > 63
                || !CONTAINER.matcher(container).matches()) {
            throw Rejected.value("container_name", container, "3-63 of a-z, 0-9 and single hyphens");
        }
    }

    /** Returns {@code name} when it can name a resource, throws INVALID_ARGUMENT otherwise. */
    public static String checkedResource(String name) {
        if (name.isEmpty()) {
            throw Rejected.field("resource_name", "must not be empty");
        }
        if (!RESOURCE.matcher(name).matches()) {
            throw Rejected.value("resource_name", name, "1-63 of A-Z a-z 0-9 - _ . starting with a letter or digit");
        }
        return name;
    }

    @Override
    public String toString() {
        return resource + "/" + container;
    }
}
