package io.kvstore.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobKeyTest {

    private static final String NAME = "ab/" + "0123456789abcdef".repeat(2) + "/ab" + "0".repeat(62);

    @Test
    void a_key_survives_both_of_its_forms() {
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = new byte[BlobKey.BYTES];
            random.nextBytes(bytes);
            BlobKey key = BlobKey.read(ByteBuffer.wrap(bytes));
            ByteBuffer out = ByteBuffer.allocate(BlobKey.BYTES);
            key.write(out);

            assertThat(out.array()).isEqualTo(bytes);
            assertThat(key.name()).hasSize(BlobKey.NAME_CHARS);
            assertThat(BlobKey.parse(key.name())).contains(key);
        }
    }

    @Test
    void the_reference_name_parses() {
        assertThat(BlobKey.parse(NAME)).map(BlobKey::name).contains(NAME);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                "ab/../../0123456789abcdef0123456789abcdef/ab",
                "AB/0123456789abcdef0123456789abcdef/AB00000000000000000000000000000000000000000000000000000000000000",
                "ac/0123456789abcdef0123456789abcdef/ab00000000000000000000000000000000000000000000000000000000000000",
                "ab-0123456789abcdef0123456789abcdef/ab00000000000000000000000000000000000000000000000000000000000000",
                "ab/0123456789abcdef0123456789abcde/ab000000000000000000000000000000000000000000000000000000000000000",
                "ab/0123456789abcdef0123456789abcdef/ab0000000000000000000000000000000000000000000000000000000000000\u0000"
            })
    void any_other_text_is_no_key(String text) {
        assertThat(BlobKey.parse(text)).isEmpty();
    }

    @Test
    void one_other_character_anywhere_makes_it_no_key() {
        for (int i = 0; i < BlobKey.NAME_CHARS; i++) {
            for (char c :
                    new char[] {'/', ':', '@', 'A', 'F', '`', 'g', 'G', '?', ' ', '\u0000', '\u0130', '\u0161', '\uff11'
                    }) {
                String text = NAME.substring(0, i) + c + NAME.substring(i + 1);

                assertThat(BlobKey.parse(text))
                        .as("%s at %d", (int) c, i)
                        .isEqualTo(text.equals(NAME) ? BlobKey.parse(NAME) : java.util.Optional.empty());
            }
        }
    }
}
