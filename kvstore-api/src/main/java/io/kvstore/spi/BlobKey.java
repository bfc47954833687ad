package io.kvstore.spi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

    /** Beyond what eight digits make, wherever among them it is found. */
    private static final long NO_DIGIT = 1L << 32;

    private static final long[] DIGITS = digits();

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
        if (name.charAt(0) != name.charAt(36) || name.charAt(1) != name.charAt(37)) {
            return Optional.empty();
        }
        byte[] text = name.getBytes(StandardCharsets.ISO_8859_1); // what is none of its characters becomes '?'
        long[] words = new long[BYTES / Long.BYTES];
        long all = 0;
        for (int i = 0; i < words.length; i++) {
            int at = i < 2 ? 3 + 16 * i : 36 + 16 * (i - 2);
            long high = eightDigits(text, at);
            long low = eightDigits(text, at + 8);
            all |= high | low;
            words[i] = high << 32 | low;
        }
        return all >= NO_DIGIT
                ? Optional.empty()
                : Optional.of(new BlobKey(words[0], words[1], words[2], words[3], words[4], words[5]));
    }

    /**
     * 32 bits; {@link #NO_DIGIT} or more when one of them is no digit. Without a branch on a digit, since no predictor knows
     * what comes next: a stream reads a location for each 0.5 KB.
     */
    private static long eightDigits(byte[] text, int from) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 4 | DIGITS[text[from + i] & 0xff];
        }
        return value;
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

    /** What each byte is as a digit; {@link #NO_DIGIT} for what is none in a name. */
    private static long[] digits() {
        long[] digits = new long[256];
        Arrays.fill(digits, NO_DIGIT);
        for (int i = 0; i < 16; i++) {
            digits[Character.forDigit(i, 16)] = i;
        }
        return digits;
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
