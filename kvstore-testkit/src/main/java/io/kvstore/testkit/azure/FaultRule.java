package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A sentence about requests to a {@link FakeBlobService}: which ones, then what happens to them. It takes effect with the
 * verb.
 */
public final class FaultRule {

    private static final String META = "x-ms-meta-";

    private final Faults faults;
    private final Predicate<BlobRequest> which;
    private final long skip;
    private final long times;

    FaultRule(Faults faults, Predicate<BlobRequest> which, long times) {
        this(faults, which, 0, times);
    }

    private FaultRule(Faults faults, Predicate<BlobRequest> which, long skip, long times) {
        this.faults = faults;
        this.which = which;
        this.skip = skip;
        this.times = times;
    }

    /** Only requests to that account. */
    public FaultRule in(String account) {
        return new FaultRule(faults, which.and(request -> request.account().equals(account)), skip, times);
    }

    /** Only requests for the blob of that name. */
    public FaultRule of(String blob) {
        return new FaultRule(faults, which.and(request -> request.blob().equals(blob)), skip, times);
    }

    /** Not the first {@code count} of them: after two it is the third that goes wrong. */
    public FaultRule after(int count) {
        return new FaultRule(faults, which, count, times);
    }

    /** Only so many of them. */
    public FaultRule times(int count) {
        return new FaultRule(faults, which, skip, count);
    }

    /** They are answered with that status and Azure's error code, and are not done. */
    public void fails(int status, String errorCode) {
        add(exchange -> exchange.refuse(Answer.error(status, errorCode, exchange.request.isHead())));
    }

    /** They are answered with that status, Azure's error code and {@code Retry-After}, and are not done. */
    public void fails(int status, String errorCode, int retryAfterSeconds) {
        add(exchange -> exchange.refuse(
                Answer.error(status, errorCode, exchange.request.isHead()).with("Retry-After", retryAfterSeconds)));
    }

    /** They are answered with that status, Azure's error code and that header, and are not done. */
    public void fails(int status, String errorCode, String header, String value) {
        add(exchange -> exchange.refuse(
                Answer.error(status, errorCode, exchange.request.isHead()).with(header, value)));
    }

    /** They are answered by something on the way that is not Azure, such as a proxy, and are not done. */
    public void isAnsweredByAProxy(int status, String contentType, String body) {
        add(exchange -> exchange.refuse(Answer.of(status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8))
                .with(HttpHeaderNames.CONTENT_TYPE, contentType)));
    }

    /** Reads and heads: there is no such blob, as if somebody had deleted it. */
    public void findsNothing() {
        fails(404, "BlobNotFound");
    }

    /** No byte of an answer comes before {@link FakeBlobService#releaseHeld()}; then they are done and answered. */
    public void isHeld() {
        add(exchange -> exchange.hold(exchange::answerAsAzure));
    }

    /** So many bytes of the answer's body come, the rest after {@link FakeBlobService#releaseHeld()}. */
    public void freezesAfter(int bodyBytes) {
        add(exchange -> {
            Answer answer = exchange.act();
            exchange.sendPart(answer, bodyBytes, () -> exchange.hold(() -> exchange.sendRest(answer)));
        });
    }

    /** At most so many bytes of the answer's body come, then a TCP reset. */
    public void resetsAfter(int bodyBytes) {
        add(exchange -> cut(exchange, bodyBytes, exchange::reset));
    }

    /** So many bytes of the answer's body come, though the headers promise all, then the end of the connection. */
    public void endsAfter(int bodyBytes) {
        add(exchange -> cut(exchange, bodyBytes, exchange::close));
    }

    private static void cut(Exchange exchange, int bodyBytes, Runnable ending) {
        Answer answer = exchange.act();
        exchange.sendPart(answer, bodyBytes, () -> {
            answer.release();
            ending.run();
        });
    }

    /** They are done, and instead of an answer comes the end of the connection. */
    public void isDoneAndUnanswered() {
        add(exchange -> {
            exchange.act().release();
            exchange.reset();
        });
    }

    /** Uploads: a TCP reset when so many bytes have come, 0 for as soon as any has; nothing is stored. */
    public void resetsUploadAfter(long bodyBytes) {
        faults.add(which, skip, times, new Fault.Upload(bodyBytes, Exchange::reset));
    }

    /**
     * Uploads: when so many bytes have come nothing more is read, so that the client can't even send, until {@link
     * FakeBlobService#releaseHeld()}.
     */
    public void freezesUploadAfter(long bodyBytes) {
        faults.add(which, skip, times, new Fault.Upload(bodyBytes, Exchange::freezeUpload));
    }

    /** Reads: the body is so long and the headers say so, cut off or filled up with zeros; what travels with it is unchanged. */
    public void resizesBodyTo(int bytes) {
        changesAnswer(answer -> {
            byte[] body = new byte[bytes];
            answer.body()
                    .getBytes(
                            answer.body().readerIndex(),
                            body,
                            0,
                            Math.min(bytes, answer.body().readableBytes()));
            return answer.withBody(Unpooled.wrappedBuffer(body));
        });
    }

    /** Reads: one bit in the middle of the body is another. */
    public void flipsABit() {
        changesAnswer(answer -> {
            ByteBuf body = answer.body().copy();
            int middle = body.readerIndex() + body.readableBytes() / 2;
            body.setByte(middle, body.getByte(middle) ^ 0x10);
            return answer.withBody(body);
        });
    }

    /** Reads and heads: this travels with the blob instead of what does. */
    public void answersMetadata(Map<String, String> metadata) {
        changesAnswer(answer -> {
            answer.headers().names().stream()
                    .filter(name -> name.startsWith(META))
                    .toList()
                    .forEach(answer.headers()::remove);
            metadata.forEach((name, value) -> answer.with(META + name, value));
            return answer;
        });
    }

    /** The answer has that header, whatever it had under that name. */
    public void answersHeader(String name, String value) {
        changesAnswer(answer -> answer.with(name, value));
    }

    private void changesAnswer(UnaryOperator<Answer> change) {
        add(exchange -> {
            Answer answer = exchange.act();
            // A failure has nothing to change.
            exchange.send(answer.status().code() < 300 ? change.apply(answer) : answer);
        });
    }

    private void add(Fault fault) {
        faults.add(which, skip, times, fault);
    }
}
