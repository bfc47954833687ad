package io.kvstore.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeader;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import io.kvstore.api.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.unix.Errors;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.timeout.ReadTimeoutException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient.ResponseReceiver;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.resources.ConnectionProvider;

/**
 * Carries the SDK's requests to one account over reactor-netty. Does what the SDK's own Netty client does for us, and
 * two things that it does not: a payload is written from where it lies and its claim held until Netty has let go of the
 * bytes, and the source address of each request is chosen.
 */
final class NettyTransport implements HttpClient, AutoCloseable {

    /** In the SDK's context: the {@link Payload} that is the body of the request. */
    static final String PAYLOAD = "kvstore.payload";

    /**
     * In the SDK's context: the {@link Download} that takes the body of the answer, and lets go of one that it does not
     * take.
     */
    static final String DOWNLOAD = "kvstore.download";

    private static final String EAGERLY_READ = "azure-eagerly-read-response";
    private static final byte[] NOTHING = new byte[0];

    private final reactor.netty.http.client.HttpClient direct;
    private final Map<InetAddress, reactor.netty.http.client.HttpClient> bound;
    private final SourceAddresses.OfAccount sources;
    private final ConnectionProvider pool;
    private final LongSupplier nanoClock;

    NettyTransport(
            reactor.netty.http.client.HttpClient direct,
            Map<InetAddress, reactor.netty.http.client.HttpClient> bound,
            SourceAddresses.OfAccount sources,
            ConnectionProvider pool,
            LongSupplier nanoClock) {
        this.direct = direct;
        this.bound = bound;
        this.sources = sources;
        this.pool = pool;
        this.nanoClock = nanoClock;
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request) {
        return send(request, Context.NONE);
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request, Context context) {
        boolean inMemory = (boolean) context.getData(EAGERLY_READ).orElse(false);
        Optional<CallProgress> progress = context.getData(CallProgress.KEY).map(CallProgress.class::cast);
        return Mono.defer(() -> {
                    progress.ifPresent(CallProgress::awaitsConnection);
                    Optional<InetAddress> source =
                            sources.next(request.getUrl().getHost(), progress.flatMap(CallProgress::failedFrom));
                    if (source.isEmpty()) {
                        return exchange(direct, request, context, inMemory, progress);
                    }
                    InetAddress address = source.get();
                    long begunNanos = nanoClock.getAsLong();
                    return exchange(Objects.requireNonNull(bound.get(address)), request, context, inMemory, progress)
                            .doOnNext(response -> sources.worked(address))
                            .doOnError(failure -> {
                                progress.ifPresent(call -> call.failedFrom(address));
                                blame(address, failure, begunNanos);
                            });
                })
                .doOnError(NettyTransport::isNotReached, failure -> progress.ifPresent(CallProgress::notReached))
                .contextWrite(own ->
                        progress.map(call -> own.put(CallProgress.KEY, call)).orElse(own))
                .onErrorMap(ReadTimeoutException.class, NettyTransport::ownTimeout);
    }

    /** For a client: tells the call for whose sake a connection is made; on its event loop, before it is connected. */
    static void tellCall(ConnectionObserver forWhom, Channel made, LongSupplier nanoClock) {
        forWhom.currentContext()
                .<CallProgress>getOrEmpty(CallProgress.KEY)
                .ifPresent(call -> call.connecting(ConnectionActivity.of(made, nanoClock)));
    }

    /**
     * Netty has one exception for all timeouts, and the SDK adds the failures of earlier tries to the last one: to
     * itself, which fails, and shows as a defect of ours that is never tried again and opens no circuit breaker.
     */
    static Throwable ownTimeout(ReadTimeoutException shared) {
        return new SocketTimeoutException("the storage was silent for too long");
    }

    private Mono<HttpResponse> exchange(
            reactor.netty.http.client.HttpClient client,
            HttpRequest request,
            Context context,
            boolean inMemory,
            Optional<CallProgress> progress) {
        ResponseReceiver<?> receiver = client.request(
                        HttpMethod.valueOf(request.getHttpMethod().toString()))
                .uri(request.getUrl().toString())
                .send((head, body) -> {
                    progress.ifPresent(call -> body.withConnection(
                            acquired -> call.acquired(ConnectionActivity.of(acquired.channel(), nanoClock))));
                    return write(request, context, head, body);
                });
        if (inMemory) {
            return receiver.responseSingle((head, body) -> body.asByteArray()
                    .defaultIfEmpty(NOTHING)
                    .map(bytes -> NettyResponse.inMemory(request, head, bytes)));
        }
        return receiver.<HttpResponse>responseConnection((head, connection) -> {
                    NettyResponse response = NettyResponse.streamed(request, head, connection);
                    // A call may be given up before its body is asked for, and then nobody else has the answer.
                    context.getData(DOWNLOAD).ifPresent(download -> ((Download) download).from(response));
                    return Mono.just(response);
                })
                .single();
    }

    private static Publisher<Void> write(
            HttpRequest request, Context context, HttpClientRequest head, NettyOutbound out) {
        for (HttpHeader header : request.getHeaders()) {
            head.requestHeaders().set(header.getName(), header.getValuesList());
        }
        Optional<Object> payload = context.getData(PAYLOAD);
        if (payload.isPresent() && payload.get() instanceof Payload bytes) {
            // Each try has a claim of its own.
            return out.send(Mono.fromSupplier(() -> ClaimedBuf.of(bytes)));
        }
        BinaryData body = request.getBodyAsBinaryData();
        if (body == null) {
            return out;
        }
        // Tokens and the like: small.
        ByteBuf small = Unpooled.wrappedBuffer(body.toBytes());
        return out.send(Mono.just(small));
    }

    private static boolean isNotReached(Throwable failure) {
        return failure instanceof ConnectException || failure instanceof NoRouteToHostException;
    }

    private void blame(InetAddress source, Throwable failure, long begunNanos) {
        boolean cannotBind = failure instanceof BindException
                || (failure instanceof Errors.NativeIoException
                        && String.valueOf(failure.getMessage()).startsWith("bind"));
        if (cannotBind) {
            sources.cannotBind(source);
        } else if (isNotReached(failure)) {
            sources.failed(source, begunNanos); // an address that has lost its route; a storage that is down is so too
        }
    }

    @Override
    public void close() {
        pool.dispose();
    }
}
