package io.kvstore.api;

/**
 * Names one store: a customer's resource and a container in it. Nothing can be addressed without one, which is what
 * keeps tenants apart.
 *
 * @param resource 1-63 of A-Z a-z 0-9 - _ . starting with a letter or digit
 * @param container 3-63 of a-z 0-9 and single hyphens, starting and ending with a letter or digit: Azure's rule
 */
public record StoreId(String resource, String container) {

    private static final int MIN_CONTAINER_CHARS = 3;
    private static final int MAX_CHARS = 63;

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
        if (!isContainer(container)) {
            throw Rejected.value("container_name", container, "3-63 of a-z, 0-9 and single hyphens");
        }
    }

    /** Returns {@code name} when it can name a resource, throws INVALID_ARGUMENT otherwise. */
    public static String checkedResource(String name) {
        if (name.isEmpty()) {
            throw Rejected.field("resource_name", "must not be empty");
        }
        if (!isResource(name)) {
            throw Rejected.value("resource_name", name, "1-63 of A-Z a-z 0-9 - _ . starting with a letter or digit");
        }
        return name;
    }

    // By hand: every call comes through here, and a pattern's matcher is garbage of some hundred bytes.

    private static boolean isResource(String name) {
        boolean fits = name.length() <= MAX_CHARS && isLetterOrDigit(name.charAt(0));
        for (int i = 1; fits && i < name.length(); i++) {
            char c = name.charAt(i);
            fits = isLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
        }
        return fits;
    }

    private static boolean isContainer(String name) {
        int last = name.length() - 1;
        boolean fits = name.length() >= MIN_CONTAINER_CHARS && name.length() <= MAX_CHARS;
        for (int i = 0; fits && i <= last; i++) {
            char c = name.charAt(i);
            boolean singleHyphen = c == '-' && i > 0 && i < last && name.charAt(i - 1) != '-';
            fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || singleHyphen;
        }
        return fits;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        return resource + "/" + container;
    }
}
