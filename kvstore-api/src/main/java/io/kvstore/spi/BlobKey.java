package io.kvstore.spi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The name of a blob inside a store: a 16-byte partition id and a 32-byte digest, both uniformly distributed hashes made by
 * the engine. Fixed size, so that keys are cheap to hold, to compare and to write down; no client text in it.
 *
 * <p>As text it is {@code <first two hex digits of the digest>/<partition, 32 hex>/<digest, 64 hex>}: the leading digits
 * spread one prompt over 256 ranges of a backend that orders names, and a partition can be listed and dropped as 256
 * prefixes.
 */
public final class BlobKey implements Comparable<BlobKey> {

    /** Length of {@link #name()} in characters. */
    public static final int NAME_CHARS = 2 + 1 + 32 + 1 + 64;

    /** Length of the binary form in bytes. */
    public static final int BYTES = 48;

    private static final VarHandle PAIRS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final short[] HEX = hexPairs();

    private final long partition0;
    private final long partition1;
    private final long digest0;
    private final long digest1;
    private final long digest2;
    private final long digest3;

    private BlobKey(long partition0, long partition1, long digest0, long digest1, long digest2, long digest3) {
        this.partition0 = partition0;
        this.partition1 = partition1;
        this.digest0 = digest0;
        this.digest1 = digest1;
        this.digest2 = digest2;
        this.digest3 = digest3;
    }

    /** From the words of its binary form: two of partition id, four of digest. */
    public static BlobKey of(long partition0, long partition1, long digest0, long digest1, long digest2, long digest3) {
        return new BlobKey(partition0, partition1, digest0, digest1, digest2, digest3);
    }

    /** From 16 bytes of partition id, then 32 of digest, big-endian, read from the buffer's position on. */
    public static BlobKey read(ByteBuffer in) {
        return new BlobKey(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    /** Writes the {@value #BYTES} bytes that {@link #read} reads. */
    public void write(ByteBuffer out) {
        out.putLong(partition0).putLong(partition1);
        out.putLong(digest0).putLong(digest1).putLong(digest2).putLong(digest3);
    }

    /** The key of that name, or nothing when the text does not have exactly the form of {@link #name()}. */
    public static Optional<BlobKey> parse(String name) {
        if (name.length() != NAME_CHARS || name.charAt(2) != '/' || name.charAt(35) != '/') {
            return Optional.empty();
        }
        for (int i = 0; i < NAME_CHARS; i++) {
            char c = name.charAt(i);
            boolean hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (!hex && i != 2 && i != 35) {
                return Optional.empty();
            }
        }
        if (name.charAt(0) != name.charAt(36) || name.charAt(1) != name.charAt(37)) {
            return Optional.empty();
        }
        return Optional.of(
                new BlobKey(hex(name, 3), hex(name, 19), hex(name, 36), hex(name, 52), hex(name, 68), hex(name, 84)));
    }

    private static long hex(String text, int from) {
        return HexFormat.fromHexDigitsToLong(text, from, from + 16);
    }

    /** The text form, {@value #NAME_CHARS} characters of 0-9, a-f and '/'. */
    public String name() {
        byte[] out = new byte[NAME_CHARS];
        PAIRS.set(out, 0, HEX[(int) (digest0 >>> 56)]);
        out[2] = '/';
        putHex(partition0, out, 3);
        putHex(partition1, out, 19);
        out[35] = '/';
        putHex(digest0, out, 36);
        putHex(digest1, out, 52);
        putHex(digest2, out, 68);
        putHex(digest3, out, 84);
        return new String(out, StandardCharsets.ISO_8859_1);
    }

    /** Two digits at a time: a lookup of 1,000 blocks writes 1,000 names. */
    private static void putHex(long value, byte[] out, int at) {
        for (int i = 0; i < Long.BYTES; i++) {
            PAIRS.set(out, at + 2 * i, HEX[(int) (value >>> (56 - 8 * i)) & 0xff]);
        }
    }

    /** The two digits of every byte, as they follow each other in memory. */
    private static short[] hexPairs() {
        short[] pairs = new short[256];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (short) (Character.forDigit(i >>> 4, 16) << 8 | Character.forDigit(i & 0xf, 16));
        }
        return pairs;
    }

    /** The first 64 bits of the partition id. */
    public long partition0() {
        return partition0;
    }

    /** The last 64 bits of the partition id. */
    public long partition1() {
        return partition1;
    }

    /** The first 64 bits of the digest: uniformly distributed. */
    public long digest0() {
        return digest0;
    }

    /** The second 64 bits of the digest: uniformly distributed, independent of the first. */
    public long digest1() {
        return digest1;
    }

    /** The third 64 bits of the digest. */
    public long digest2() {
        return digest2;
    }

    /** The last 64 bits of the digest. */
    public long digest3() {
        return digest3;
    }

    /** The order of {@link #name() names}, without making them. */
    @Override
    public int compareTo(BlobKey other) {
        int order = Long.compare(digest0 >>> 56, other.digest0 >>> 56);
        order = order != 0 ? order : Long.compareUnsigned(partition0, other.partition0);
        order = order != 0 ? order : Long.compareUnsigned(partition1, other.partition1);
        order = order != 0 ? order : Long.compareUnsigned(digest0, other.digest0);
        order = order != 0 ? order : Long.compareUnsigned(digest1, other.digest1);
        order = order != 0 ? order : Long.compareUnsigned(digest2, other.digest2);
        return order != 0 ? order : Long.compareUnsigned(digest3, other.digest3);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlobKey that
                && digest0 == that.digest0
                && digest1 == that.digest1
                && digest2 == that.digest2
                && digest3 == that.digest3
                && partition0 == that.partition0
                && partition1 == that.partition1;
    }

    /** Bits of the digest: uniformly distributed already. */
    @Override
    public int hashCode() {
        return (int) digest0;
    }

    @Override
    public String toString() {
        return name();
    }
}
