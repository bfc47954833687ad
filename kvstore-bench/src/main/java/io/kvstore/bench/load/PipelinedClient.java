package io.kvstore.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Load over one plain connection, on one thread, as fast as Java does it: requests are sent ahead, payloads go from and to
 * direct buffers without a copy.
 */
final class PipelinedClient implements LoadClient {

    private static final int OUT_BYTES = 64 << 10;
    private static final int SAMPLE = 16;

    private final SocketChannel channel;
    private final Dialect dialect;
    private final Inbound in;
    private final ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
    private ByteBuffer[] landing = {};
    private long landed;
    private PayloadSet payloads = new PayloadSet(0, 1);

    PipelinedClient(InetSocketAddress server, Dialect dialect) throws IOException {
        this.channel = SocketChannel.open(server).setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.dialect = dialect;
        this.in = new Inbound(channel);
    }

    @Override
    public void load(Job job, PayloadSet set) throws IOException {
        use(set, 1);
        command(dialect.beforeLoad(set.payloadBytes(), set.count()));
        for (int i = 0; i < set.count(); i++) {
            send(Call.WRITE, i);
            flush();
            check(takeWritten(), "payload " + i + " was not stored");
        }
        for (int i = 0; i < set.count(); i++) {
            checkStored(i);
        }
    }

    private void command(List<byte[]> commands) throws IOException {
        for (byte[] command : commands) {
            out.put(command);
            flush();
            check(takeWritten(), "a command was refused");
        }
    }

    private void checkStored(long number) throws IOException {
        send(Call.READ, number);
        flush();
        int answerBytes = answerBytes();
        ByteBuffer got = takePayload(answerBytes);
        check(got != null && payloads.isRight(number, got), "payload " + number + " came back with other bytes");
        takeTail();
    }

    private static void check(boolean right, String message) throws IOException {
        if (!right) {
            throw new IOException(message);
        }
    }

    /** Answers land in as many buffers as can be under way, one after the other. */
    private void use(PayloadSet set, int depth) {
        payloads = set;
        if (landing.length != depth || landing[0].capacity() != set.payloadBytes()) {
            landing = new ByteBuffer[depth];
            for (int i = 0; i < depth; i++) {
                landing[i] = ByteBuffer.allocateDirect(set.payloadBytes());
            }
        }
    }

    @Override
    public void run(Job job, PayloadSet set, Window window) throws IOException, InterruptedException {
        use(set, job.depth());
        if (job.isOpenLoop()) {
            runOpen(job, window);
        } else {
            runClosed(job, window);
        }
    }

    private void runClosed(Job job, Window window) throws IOException {
        Queue<Turn> underWay = new ArrayDeque<>(job.depth());
        while (true) {
            while (underWay.size() < job.depth()) {
                Turn turn = window.next();
                if (turn == null) {
                    break;
                }
                send(job.call(), chunk(job, turn));
                underWay.add(turn);
            }
            flush();
            if (underWay.isEmpty()) {
                return;
            }
            do {
                receive(job, underWay.remove(), window);
            } while (!underWay.isEmpty() && in.has(wholeAnswerBytes(job)));
        }
    }

    // The thread that keeps the time sends, another receives: an answer that is late delays no request.
    private void runOpen(Job job, Window window) throws IOException, InterruptedException {
        BlockingQueue<Optional<Turn>> underWay = new LinkedBlockingQueue<>();
        Thread receiver = new Thread(() -> receiveAll(job, underWay, window), "receiver");
        receiver.start();
        try {
            for (Turn turn; (turn = window.next()) != null; ) {
                underWay.add(Optional.of(turn));
                send(job.call(), chunk(job, turn));
                flush();
            }
        } finally {
            underWay.add(Optional.empty());
        }
        receiver.join();
    }

    private void receiveAll(Job job, BlockingQueue<Optional<Turn>> underWay, Window window) {
        try {
            Optional<Turn> turn = underWay.take();
            while (turn.isPresent()) {
                receive(job, turn.get(), window);
                turn = underWay.take();
            }
        } catch (IOException e) {
            window.failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long chunk(Job job, Turn turn) {
        return job.call().isWrite() ? job.firstNew() + turn.number() : turn.number() % job.chunks();
    }

    private void send(Call call, long number) throws IOException {
        int payloadBytes = payloads.payloadBytes();
        boolean small = payloadBytes < Inbound.LARGE_BYTES;
        int room = Dialect.MAX_HEAD_BYTES + (call.isWrite() && small ? payloadBytes : 0);
        if (out.remaining() < room) {
            flush();
        }
        dialect.putRequest(out, call, number, payloadBytes);
        if (!call.isWrite()) {
            return;
        }
        ByteBuffer payload = payloads.payload(number);
        if (small) {
            out.put(payload).put(dialect.requestTail());
            return;
        }
        out.flip();
        ByteBuffer[] parts = {out, payload, dialect.requestTail()};
        while (parts[0].hasRemaining() || parts[1].hasRemaining() || parts[2].hasRemaining()) {
            channel.write(parts);
        }
        out.clear();
    }

    private void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    private void receive(Job job, Turn turn, Window window) throws IOException {
        if (job.call().isWrite()) {
            if (takeWritten()) {
                window.finished(turn, payloads.payloadBytes());
            } else {
                window.failed("a write was refused, or landed with other bytes");
            }
            return;
        }
        ByteBuffer got = takePayload(answerBytes());
        boolean right = got != null && payloads.looksRight(chunk(job, turn), got, turn.number());
        takeTail();
        if (right) {
            window.finished(turn, payloads.payloadBytes());
        } else {
            window.failed("an answer had other bytes");
        }
    }

    private boolean takeWritten() throws IOException {
        return dialect.takeWritten(in.await(dialect.writtenBytes(), false));
    }

    private int answerBytes() {
        return dialect.answerHeadBytes(payloads.payloadBytes()) + payloads.payloadBytes();
    }

    private int wholeAnswerBytes(Job job) {
        return job.call().isWrite() ? dialect.writtenBytes() : answerBytes() + dialect.answerTailBytes();
    }

    /** The payload of the next answer; valid until the next is taken. */
    private @Nullable ByteBuffer takePayload(int answerBytes) throws IOException {
        int payloadBytes = payloads.payloadBytes();
        if (payloadBytes < Inbound.LARGE_BYTES) {
            ByteBuffer answer = in.await(answerBytes + dialect.answerTailBytes(), false);
            if (!dialect.takeAnswerHead(answer, payloadBytes)) {
                return null;
            }
            ByteBuffer payload = answer.slice().limit(payloadBytes);
            answer.position(answer.position() + payloadBytes);
            return payload;
        }
        if (!dialect.takeAnswerHead(in.await(answerBytes - payloadBytes, true), payloadBytes)) {
            return null;
        }
        ByteBuffer target = landing[(int) (landed++ % landing.length)].clear();
        in.readInto(target);
        return target.flip();
    }

    private void takeTail() throws IOException {
        int tail = dialect.answerTailBytes();
        ByteBuffer left = in.await(tail, true);
        left.position(left.position() + tail);
    }

    @Override
    public void prepare(Job job) throws IOException {
        if (job.call().isWrite()) {
            command(dialect.beforeWrites());
        }
    }

    @Override
    public void verify(Job job, PayloadSet set, long operations) throws IOException {
        if (!job.call().isWrite()) {
            return;
        }
        if (dialect.keepsWrites()) {
            for (long i = 0; i < operations; i += Math.max(1, operations / SAMPLE)) {
                checkStored(job.firstNew() + i);
            }
        }
        command(dialect.afterWrites());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
