package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TenantSharesTest {

    private final TenantShares shares = new TenantShares(120);

    private int takeAll(String tenant) {
        int taken = 0;
        while (shares.tryTake(tenant, 1)) {
            taken++;
        }
        return taken;
    }

    @Test
    void a_tenant_alone_gets_half_and_the_next_ones_half_of_what_is_left() {
        assertThat(takeAll("a")).isEqualTo(60);
        assertThat(takeAll("b")).isEqualTo(30);
        assertThat(takeAll("c")).isEqualTo(15);
        assertThat(shares.used()).isEqualTo(105);
    }

    @Test
    void two_greedy_ones_that_take_turns_get_a_third_each() {
        int[] taken = new int[2];
        for (int i = 0; i < 240; i++) {
            taken[i % 2] += shares.tryTake("tenant-" + i % 2, 1) ? 1 : 0;
        }

        assertThat(taken).containsExactly(40, 40);
    }

    @Test
    void what_is_too_large_for_a_share_is_not_taken_in_part() {
        assertThat(shares.tryTake("a", 61)).isFalse();
        assertThat(shares.tryTake("a", 60)).isTrue();
        assertThat(shares.used()).isEqualTo(60);
    }

    @Test
    void what_is_given_back_is_there_for_all() {
        takeAll("a");
        takeAll("b");
        shares.give("a", 60);
        shares.give("b", 30);

        assertThat(shares.used()).isZero();
        assertThat(takeAll("c")).isEqualTo(60);
    }
}
