package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link KeyTable} holds: a value that has its key within itself and is its own link, so that finding one among millions
 * waits for memory as seldom as can be: for the slot, and for this. Belongs to one table, once: whatever takes its place is
 * another object.
 */
abstract class Keyed {

    private static final VarHandle NEXT = nextHandle();

    private final long digest0;
    private final long digest1;
    private final long digest2;
    private final long digest3;
    private final long partition0;
    private final long partition1;

    @SuppressWarnings("UnusedVariable") // by its handle
    private @Nullable Keyed next;

    Keyed(BlobKey key) {
        digest0 = key.digest0();
        digest1 = key.digest1();
        digest2 = key.digest2();
        digest3 = key.digest3();
        partition0 = key.partition0();
        partition1 = key.partition1();
    }

    private static VarHandle nextHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Keyed.class, "next", Keyed.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Made anew with each call. */
    final BlobKey key() {
        return BlobKey.of(partition0, partition1, digest0, digest1, digest2, digest3);
    }

    final long digest0() {
        return digest0;
    }

    final boolean isOf(BlobKey key) {
        return digest0 == key.digest0()
                && digest1 == key.digest1()
                && digest2 == key.digest2()
                && digest3 == key.digest3()
                && partition0 == key.partition0()
                && partition1 == key.partition1();
    }

    /** The one behind it in its chain: of a {@link KeyTable} only. */
    final @Nullable Keyed next() {
        return (Keyed) NEXT.getAcquire(this);
    }

    /** Whoever comes to {@code link} from here on sees all that was written before: of a {@link KeyTable} only. */
    final void link(@Nullable Keyed link) {
        NEXT.setRelease(this, link);
    }
}
