package io.kvstore.bench;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import io.kvstore.api.TokenBlocks;

/** Text to tokens as a real model sees them: the cl100k_base vocabulary. Safe for many threads; loads for about a second. */
final class Tokenizer {

    private final Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);

    /** The tokens of a text; names of special tokens in it are plain text. */
    int[] encode(String text) {
        IntArrayList tokens = encoding.encodeOrdinary(text);
        return tokens.toArray();
    }

    TokenBlocks blocks(String text) {
        return TokenBlocks.of(encode(text));
    }
}
