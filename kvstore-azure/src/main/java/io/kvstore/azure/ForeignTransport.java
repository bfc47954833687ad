package io.kvstore.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import com.azure.core.util.Context;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Carries the SDK's requests to all accounts by one of the SDK's own clients, and does what these leave undone: an answer whose
 * call was given up, before its body was asked for or in the middle of it, is closed, or it would hold its connection for ever.
 */
final class ForeignTransport implements HttpClient, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignTransport.class);

    /**
     * Reactor's name for who hears of a failure when nobody waits for it any more; by default a log of errors, with a stack. The
     * JDK's client fails each request that is given up so.
     */
    private static final String ON_DROPPED = "reactor.onErrorDropped.local";

    private final HttpClient http;
    private final Runnable onClose;

    private ForeignTransport(HttpClient http, Runnable onClose) {
        this.http = http;
        this.onClose = onClose;
    }

    static ForeignTransport open(TransportSettings settings) {
        return settings.transport() == Transport.OKHTTP ? okHttp(settings) : jdk(settings);
    }

    private static ForeignTransport okHttp(TransportSettings settings) {
        // Its own limits, 64 requests in all and 5 of an account, would have accounts wait for each other.
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(Integer.MAX_VALUE);
        dispatcher.setMaxRequestsPerHost(settings.maxConnections());
        ConnectionPool pool = new ConnectionPool(
                settings.maxConnections(), NettyTransports.MAX_IDLE.toMillis(), TimeUnit.MILLISECONDS);
        OkHttpClient.Builder cancelling = new OkHttpClient.Builder().addInterceptor(CancellingSource::intercept);
        settings.trusted()
                .map(OnlyTrusted::of)
                .ifPresent(only -> cancelling.sslSocketFactory(only.context().getSocketFactory(), only.manager()));
        HttpClient http = new OkHttpAsyncHttpClientBuilder(cancelling.build())
                .dispatcher(dispatcher)
                .connectionPool(pool)
                .connectionTimeout(settings.connectTimeout())
                .readTimeout(settings.readTimeout())
                .responseTimeout(settings.readTimeout())
                .build();
        return new ForeignTransport(http, () -> {
            dispatcher.cancelAll();
            dispatcher.executorService().shutdown();
            pool.evictAll();
        });
    }

    private static ForeignTransport jdk(TransportSettings settings) {
        java.net.http.HttpClient.Builder client = java.net.http.HttpClient.newBuilder();
        settings.trusted().map(OnlyTrusted::of).ifPresent(only -> client.sslContext(only.context()));
        HttpClient http = new JdkHttpClientBuilder(client)
                .connectionTimeout(settings.connectTimeout())
                .readTimeout(settings.readTimeout())
                .responseTimeout(settings.readTimeout())
                .build();
        // Before Java 21 there is nothing to close: its connections go when nobody has the client any more.
        return new ForeignTransport(http, () -> {});
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request) {
        return send(request, Context.NONE);
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request, Context context) {
        Mono<HttpResponse> answer = http.send(request, context)
                .contextWrite(view -> view.put(ON_DROPPED, (Consumer<Throwable>) ForeignTransport::tellQuietly));
        return context.getData(NettyTransport.DOWNLOAD)
                .map(download -> answer.<HttpResponse>map(response -> {
                    ForeignResponse watched = new ForeignResponse(response);
                    ((Download) download).from(watched);
                    return watched;
                }))
                .orElse(answer);
    }

    private static void tellQuietly(Throwable failure) {
        LOG.debug("A request failed that nobody waits for any more: failure={}", AzureFailures.inShort(failure));
    }

    @Override
    public void close() {
        onClose.run();
    }
}
