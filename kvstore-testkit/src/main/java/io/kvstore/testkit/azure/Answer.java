package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/**
 * What is answered. Whoever has it writes the body or releases it.
 *
 * @param body what follows the headers, which have its length; empty for a HEAD, whose headers have the length all the same
 */
record Answer(HttpResponseStatus status, HttpHeaders headers, ByteBuf body) {

    static final String ERROR_CODE = "x-ms-error-code";

    private static final DefaultHttpHeadersFactory HEADERS =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    /** Nothing but headers. */
    static Answer of(int status) {
        return of(status, Unpooled.EMPTY_BUFFER);
    }

    static Answer of(int status, ByteBuf body) {
        HttpHeaders headers = HEADERS.newHeaders();
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return new Answer(HttpResponseStatus.valueOf(status), headers, body);
    }

    /** As Azure words failures: the code in a header, and in a body unless a HEAD was asked, which has none. */
    static Answer error(int status, String code, boolean toHead) {
        String xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code + "</Code><Message>" + code
                + " (the fake says so)</Message></Error>";
        Answer answer = of(status, toHead ? Unpooled.EMPTY_BUFFER : Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8));
        answer.headers.set(ERROR_CODE, code);
        if (!toHead) {
            answer.headers.set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
        }
        return answer;
    }

    Answer with(CharSequence name, Object value) {
        headers.set(name, value);
        return this;
    }

    /** The same with another body, and its length; takes the claim on {@code other} and gives back its own. */
    Answer withBody(ByteBuf other) {
        body.release();
        headers.set(HttpHeaderNames.CONTENT_LENGTH, other.readableBytes());
        return new Answer(status, headers, other);
    }

    void release() {
        body.release();
    }
}
