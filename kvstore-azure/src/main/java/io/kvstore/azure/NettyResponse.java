package io.kvstore.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import io.netty.handler.timeout.ReadTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientResponse;

/** What the SDK reads of an answer: its body either in memory, or as it comes. */
abstract class NettyResponse extends HttpResponse {

    private final int status;
    private final HttpHeaders headers = new HttpHeaders();

    private NettyResponse(HttpRequest request, HttpClientResponse response) {
        super(request);
        this.status = response.status().code();
        for (Map.Entry<String, String> header : response.responseHeaders()) {
            headers.add(HttpHeaderName.fromString(header.getKey()), header.getValue());
        }
    }

    static NettyResponse inMemory(HttpRequest request, HttpClientResponse response, byte[] body) {
        return new InMemory(request, response, body);
    }

    static NettyResponse streamed(HttpRequest request, HttpClientResponse response, Connection connection) {
        return new Streamed(request, response, connection);
    }

    @Override
    public int getStatusCode() {
        return status;
    }

    @Override
    @Deprecated
    @SuppressWarnings("NullAway") // null is the SDK's answer for a header that is not there
    public @Nullable String getHeaderValue(String name) {
        return headers.getValue(HttpHeaderName.fromString(name));
    }

    @Override
    @SuppressWarnings("NullAway") // as above
    public @Nullable String getHeaderValue(HttpHeaderName name) {
        return headers.getValue(name);
    }

    @Override
    public HttpHeaders getHeaders() {
        return headers;
    }

    @Override
    public Mono<String> getBodyAsString() {
        return getBodyAsString(StandardCharsets.UTF_8);
    }

    @Override
    public Mono<String> getBodyAsString(Charset charset) {
        return getBodyAsByteArray().map(bytes -> new String(bytes, charset));
    }

    private static final class InMemory extends NettyResponse {
        private final byte[] body;

        InMemory(HttpRequest request, HttpClientResponse response, byte[] body) {
            super(request, response);
            this.body = body;
        }

        @Override
        public Flux<ByteBuffer> getBody() {
            return Flux.defer(() -> Flux.just(ByteBuffer.wrap(body)));
        }

        @Override
        public Mono<byte[]> getBodyAsByteArray() {
            return Mono.just(body);
        }

        @Override
        public HttpResponse buffer() {
            return this;
        }
    }

    private static final class Streamed extends NettyResponse {
        private final Connection connection;
        private final AtomicBoolean bodyTaken = new AtomicBoolean();

        Streamed(HttpRequest request, HttpClientResponse response, Connection connection) {
            super(request, response);
            this.connection = connection;
        }

        /** Each buffer is Netty's again as soon as the subscriber's onNext returns. */
        @Override
        public Flux<ByteBuffer> getBody() {
            return Flux.defer(() -> {
                bodyTaken.set(true);
                return connection
                        .inbound()
                        .receive()
                        .asByteBuffer()
                        .onErrorMap(ReadTimeoutException.class, NettyTransport::ownTimeout);
            });
        }

        @Override
        public Mono<byte[]> getBodyAsByteArray() {
            return Mono.defer(() -> {
                bodyTaken.set(true);
                return connection.inbound().receive().aggregate().asByteArray();
            });
        }

        /** Ends an answer that nobody reads; whoever reads ends it by ending to read. */
        @Override
        public void close() {
            if (bodyTaken.compareAndSet(false, true)) {
                connection.dispose();
            }
        }
    }
}
