package io.kvstore.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Another's answer, which {@link #close} ends when nobody reads it; whoever reads ends it by ending to read. */
final class ForeignResponse extends HttpResponse {

    private final HttpResponse response;
    private final AtomicBoolean bodyTaken = new AtomicBoolean();

    ForeignResponse(HttpResponse response) {
        super(response.getRequest());
        this.response = response;
    }

    @Override
    public int getStatusCode() {
        return response.getStatusCode();
    }

    @Override
    @Deprecated
    @SuppressWarnings("NullAway") // null is the SDK's answer for a header that is not there
    public @Nullable String getHeaderValue(String name) {
        return response.getHeaderValue(HttpHeaderName.fromString(name));
    }

    @Override
    @SuppressWarnings("NullAway") // as above
    public @Nullable String getHeaderValue(HttpHeaderName name) {
        return response.getHeaderValue(name);
    }

    @Override
    public HttpHeaders getHeaders() {
        return response.getHeaders();
    }

    @Override
    public Flux<ByteBuffer> getBody() {
        return Flux.defer(() -> {
            bodyTaken.set(true);
            return response.getBody();
        });
    }

    @Override
    public Mono<byte[]> getBodyAsByteArray() {
        return Mono.defer(() -> {
            bodyTaken.set(true);
            return response.getBodyAsByteArray();
        });
    }

    @Override
    public Mono<String> getBodyAsString() {
        return Mono.defer(() -> {
            bodyTaken.set(true);
            return response.getBodyAsString();
        });
    }

    @Override
    public Mono<String> getBodyAsString(Charset charset) {
        return Mono.defer(() -> {
            bodyTaken.set(true);
            return response.getBodyAsString(charset);
        });
    }

    @Override
    public void close() {
        if (bodyTaken.compareAndSet(false, true)) {
            response.close();
        }
    }
}
