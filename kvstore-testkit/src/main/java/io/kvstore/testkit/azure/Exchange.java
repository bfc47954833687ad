package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;

/** A request under way, and the ways to end it. On its connection's event loop. */
final class Exchange {

    private static final String REQUEST_ID = "x-ms-client-request-id";

    final BlobRequest request;
    final Channel connection;
    private final ServiceState service;
    private final ByteBuf upload;
    private boolean frozen;
    private boolean complete;

    /** @param upload the body as far as it came; owned until it is handed to the operation or dropped */
    Exchange(BlobRequest request, Channel connection, ServiceState service, ByteBuf upload) {
        this.request = request;
        this.connection = connection;
        this.service = service;
        this.upload = upload;
    }

    /** Does what is asked; the caller has the claim on the answer. */
    Answer act() {
        return service.operations().answer(request, upload);
    }

    void answerAsAzure() {
        send(act());
    }

    /** Reads no more of the upload until the test says so. */
    void freezeUpload() {
        frozen = true;
        connection.config().setAutoRead(false);
        hold(() -> {
            frozen = false;
            connection.config().setAutoRead(true);
            if (complete) {
                answerAsAzure();
            }
        });
    }

    /** Answers, if the end of the upload was read before {@link #freezeUpload} took effect then later. */
    void answerWhenThawed() {
        complete = true;
        if (!frozen) {
            answerAsAzure();
        }
    }

    /** Answers that and does nothing. */
    void refuse(Answer answer) {
        upload.release();
        send(answer);
    }

    void send(Answer answer) {
        complete(answer);
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, answer.status(), answer.body(), answer.headers(), EmptyHttpHeaders.INSTANCE);
        var sent = connection.writeAndFlush(response);
        if (!request.keepAlive()) {
            sent.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void complete(Answer answer) {
        answer.with(HttpHeaderNames.DATE, service.clock().now())
                .with("x-ms-version", request.header("x-ms-version").orElse("2026-06-06"))
                .with("x-ms-request-id", service.nextRequestId());
        request.header(REQUEST_ID).ifPresent(id -> answer.with(REQUEST_ID, id));
    }

    /** Sends the headers, with the full length, and so much of the body; {@code then} runs when it is on its way. */
    void sendPart(Answer answer, int bodyBytes, Runnable then) {
        complete(answer);
        ByteBuf part = answer.body()
                .readRetainedSlice(Math.min(bodyBytes, answer.body().readableBytes()));
        connection.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, answer.status(), answer.headers()));
        connection.writeAndFlush(new DefaultHttpContent(part)).addListener(sent -> then.run());
    }

    /** Sends what {@link #sendPart} left; takes the claim on the answer. */
    void sendRest(Answer answer) {
        connection.writeAndFlush(new DefaultLastHttpContent(answer.body()));
    }

    /** Closes the connection as a peer does that ends in order. */
    void close() {
        connection.close();
    }

    /** Closes the connection as a peer does that crashed, with a TCP reset. */
    void reset() {
        connection.config().setOption(ChannelOption.SO_LINGER, 0);
        connection.close();
    }

    /** Waits for the test, then goes on. */
    void hold(Runnable goOn) {
        service.held().hold(connection, goOn);
    }

    void dropUpload() {
        upload.release();
    }
}
