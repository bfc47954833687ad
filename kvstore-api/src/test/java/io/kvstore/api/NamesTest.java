package io.kvstore.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "A0", "acc.ount_1-x", "0"})
    void a_good_resource_is_taken(String resource) {
        assertThat(new StoreId(resource, "abc").resource()).isEqualTo(resource);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", ".a", "_a", "a b", "a/b", "a\u0000", "\u00e4", "a\n"})
    void a_bad_resource_is_refused_by_name(String resource) {
        assertThatThrownBy(() -> new StoreId(resource, "abc")).isInstanceOfSatisfying(KVStoreException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.INVALID_ARGUMENT);
            assertThat(e).hasMessageStartingWith("resource_name:");
            assertThat(e.getMessage()).matches("[ -~]*");
        });
    }

    @Test
    void a_resource_of_64_characters_is_refused() {
        assertThatThrownBy(() -> new StoreId("a".repeat(64), "abc")).hasMessageContaining("1-63");
        assertThat(new StoreId("a".repeat(63), "abc").resource()).hasSize(63);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "a-b-c", "0ab", "a1-"})
    void containers_follow_the_rule_of_azure(String container) {
        if (container.endsWith("-")) {
            assertThatThrownBy(() -> new StoreId("r", container)).hasMessageStartingWith("container_name:");
        } else {
            assertThat(new StoreId("r", container).container()).isEqualTo(container);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "Abc", "a--b", "-abc", "abc-", "a_b", "a.b", "../x", "abc\n"})
    void a_bad_container_is_refused_by_name(String container) {
        assertThatThrownBy(() -> new StoreId("r", container)).hasMessageStartingWith("container_name:");
    }

    @Test
    void long_hostile_text_is_cut_and_escaped() {
        assertThatThrownBy(() -> new StoreId("\u001b".repeat(5_000), "abc"))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700).doesNotContain("\u001b"));
    }

    @Test
    void the_resource_is_checked_before_the_container() {
        assertThatThrownBy(() -> new StoreId("", "")).hasMessageStartingWith("resource_name:");
    }

    @Test
    void an_unpaired_surrogate_is_no_partition() {
        assertThatThrownBy(() -> PromptChunk.checkedPartitionKey("\ud800"))
                .isInstanceOf(KVStoreException.class)
                .hasMessageStartingWith("partition_key:");
        assertThat(PromptChunk.checkedPartitionKey("\ud83d\ude00")).isEqualTo("\ud83d\ude00");
    }

    @Test
    void a_partition_key_is_measured_in_bytes() {
        assertThat(PromptChunk.checkedPartitionKey("\u00e4".repeat(512))).hasSize(512);
        assertThatThrownBy(() -> PromptChunk.checkedPartitionKey("\u00e4".repeat(513)))
                .hasMessageContaining("1024");
    }
}
