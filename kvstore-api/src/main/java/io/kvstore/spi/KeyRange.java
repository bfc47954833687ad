package io.kvstore.spi;

/**
 * A part of a store's keys: all of them, or those whose digest begins with one byte. Digests are uniformly distributed, so the
 * {@value #COUNT} parts are about equal, can be listed at the same time, and one of them tells how many keys there are.
 */
public final class KeyRange {

    /** How many parts there are beside {@link #ALL}. */
    public static final int COUNT = 256;

    /** Every key. */
    public static final KeyRange ALL = new KeyRange(0, COUNT - 1, "");

    private final int first;
    private final int last;
    private final String prefix;

    private KeyRange(int first, int last, String prefix) {
        this.first = first;
        this.last = last;
        this.prefix = prefix;
    }

    /** The keys whose digest begins with that byte, 0 to 255. */
    public static KeyRange of(int leadingByte) {
        if (leadingByte < 0 || leadingByte >= COUNT) {
            throw new IllegalArgumentException("leadingByte: " + leadingByte + " (expected: 0 to " + (COUNT - 1) + ")");
        }
        return new KeyRange(leadingByte, leadingByte, String.format("%02x/", leadingByte));
    }

    /** The part of a key. */
    public static int indexOf(BlobKey key) {
        return (int) (key.digest0() >>> 56);
    }

    /** The lowest leading byte. */
    public int first() {
        return first;
    }

    /** The highest leading byte, itself included. */
    public int last() {
        return last;
    }

    /** What the {@link BlobKey#name() names} of the part begin with: two hex digits and a slash, or nothing for all. */
    public String prefix() {
        return prefix;
    }

    public boolean contains(BlobKey key) {
        int index = indexOf(key);
        return index >= first && index <= last;
    }

    @Override
    public String toString() {
        return prefix.isEmpty() ? "KeyRange[all]" : "KeyRange[" + prefix + "]";
    }
}
