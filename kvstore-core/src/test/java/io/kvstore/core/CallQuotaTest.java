package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CallQuotaTest {

    private final CallQuota quota = new CallQuota();

    @Test
    void as_many_enter_as_are_allowed_and_one_more_for_each_that_leaves() {
        assertThat(quota.enter("acme", 2)).isTrue();
        assertThat(quota.enter("acme", 2)).isTrue();
        assertThat(quota.enter("acme", 2)).isFalse();
        assertThat(quota.enter("globex", 1)).isTrue();
        quota.leave("acme");
        assertThat(quota.enter("acme", 2)).isTrue();
        assertThat(quota.enter("acme", 2)).isFalse();
    }

    /** The failure: a call that was refused counted until it had been, and others were refused for it. */
    @Test
    void who_is_refused_takes_no_room_not_even_for_an_instant() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Boolean> refused = other.submit(() -> {
                boolean entered = false;
                while (!ended.get()) {
                    entered |= quota.enter("acme", 0);
                }
                return entered;
            });
            int entered = 0;
            for (int i = 0; i < 1_000_000; i++) {
                if (quota.enter("acme", 1)) {
                    entered++;
                    quota.leave("acme");
                }
            }
            ended.set(true);

            assertThat(entered).isEqualTo(1_000_000);
            assertThat(refused.get(60, TimeUnit.SECONDS)).isFalse();
        } finally {
            ended.set(true);
            other.shutdown();
        }
    }
}
