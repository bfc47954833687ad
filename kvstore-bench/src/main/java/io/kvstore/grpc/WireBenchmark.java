package io.kvstore.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.Limits;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.protos.PromptChunk;
import io.kvstore.protos.ReadResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Messages to bytes and back, against the generated classes: a lookup of 1,000 blocks, an answer with 0.5 KB of payload. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class WireBenchmark {

    private static final int BLOCKS = 1_000;
    private static final int VOCABULARY = 128_000;
    private static final int PAYLOAD_BYTES = 512;

    private LookupQuery query = LookupQuery.of(TokenBlocks.of(1L));
    private byte[] lookup = {};
    private byte[] answer = {};
    private byte[] out = {};
    private final InboundBuffers buffers = InboundBuffers.pooled();

    @Setup
    public void encode() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        long[] tokens = new long[BLOCKS * Limits.BLOCK_TOKENS];
        PromptChunk.Builder chunk = PromptChunk.newBuilder()
                .setHash(random.nextLong())
                .setBuffer(ByteString.copyFrom(new byte[PAYLOAD_BYTES]));
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(VOCABULARY);
            if (i < Limits.BLOCK_TOKENS) {
                chunk.addTokens(tokens[i]);
            }
        }
        query = LookupQuery.of(TokenBlocks.of(tokens));
        out = new byte[new LookupCommand(new StoreId("bench", "chunks"), query).sizeBytes()];
        encodeLookup();
        lookup = out.clone();
        answer = ReadResponse.newBuilder()
                .setFound(true)
                .setSuccess(true)
                .setChunk(chunk)
                .build()
                .toByteArray();
    }

    @Benchmark
    public int encodeLookup() throws IOException {
        LookupCommand command = new LookupCommand(new StoreId("bench", "chunks"), query);
        command.writeTo(CodedOutputStream.newInstance(out));
        return out[out.length - 1];
    }

    @Benchmark
    public int parseLookup() throws IOException {
        return LookupQuestion.parse(new WireReader(new ByteArrayInputStream(lookup)))
                .tokens()
                .tokenCount();
    }

    @Benchmark
    public int parseLookupGenerated() throws IOException {
        return io.kvstore.protos.LookupRequest.parseFrom(lookup).getTokensCount();
    }

    @Benchmark
    public boolean parseAnswer() throws IOException {
        try (ReadReply reply = ReadReply.parse(new WireReader(new ByteArrayInputStream(answer)), buffers)) {
            return reply.found();
        }
    }

    @Benchmark
    public boolean parseAnswerGenerated() throws IOException {
        return ReadResponse.parseFrom(answer).getFound();
    }
}
