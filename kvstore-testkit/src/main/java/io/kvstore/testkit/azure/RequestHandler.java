package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/** One connection: collects the upload of a request, then has it answered. Clients that pipeline are not served in order. */
final class RequestHandler extends SimpleChannelInboundHandler<HttpObject> {

    /** More than the largest payload. */
    private static final long MAX_UPLOAD_BYTES = 128L << 20;

    private final ServiceState service;
    private @Nullable Exchange exchange;
    private Fault fault = Fault.NONE;
    private ByteBuf upload = Unpooled.EMPTY_BUFFER;
    private boolean struck;

    RequestHandler(ServiceState service) {
        this.service = service;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (message.decoderResult().isFailure()) {
            context.close();
            return;
        }
        if (message instanceof HttpRequest http) {
            begin(context, http);
        }
        Exchange current = exchange;
        if (current == null || !(message instanceof HttpContent content)) {
            return;
        }
        upload.writeBytes(content.content());
        if (!struck && upload.writerIndex() >= fault.uploadLimitBytes()) {
            struck = true;
            fault.strikeUpload(current);
            if (!context.channel().isOpen()) {
                // Nothing is stored, also when all of it had come; channelInactive drops it.
                return;
            }
        }
        if (message instanceof LastHttpContent) {
            exchange = null;
            upload = Unpooled.EMPTY_BUFFER;
            fault.answer(current);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest http) {
        BlobRequest request = BlobRequest.of(http);
        service.traffic().request(request);
        long length = HttpUtil.getContentLength(http, 0L);
        if (length > MAX_UPLOAD_BYTES || HttpUtil.isTransferEncodingChunked(http)) {
            // Azure wants a length too.
            new Exchange(request, context.channel(), service, Unpooled.EMPTY_BUFFER)
                    .send(Answer.error(length > MAX_UPLOAD_BYTES ? 413 : 411, "NotForTheFake", request.isHead()));
            return;
        }
        // Of exactly that size, as this is where it stays.
        upload = length == 0 ? Unpooled.EMPTY_BUFFER : context.alloc().directBuffer((int) length, (int) length);
        exchange = new Exchange(request, context.channel(), service, upload);
        fault = service.sharedKeys().accept(http, request.account())
                ? service.faults().take(request)
                : unsigned -> unsigned.refuse(Answer.error(403, "AuthenticationFailed", request.isHead()));
        struck = false;
        if (HttpUtil.is100ContinueExpected(http)) {
            context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.dropUpload();
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that went away; anything else shows as an answer that never comes.
        context.close();
    }
}
