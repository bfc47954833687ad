package io.kvstore.azure;

import java.io.IOException;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import okio.Source;

/**
 * The body of OkHttp's answer. Closed before its end it cancels the call: OkHttp itself refuses to be closed while another thread
 * reads, and the connection of a read that was given up stayed open for ever.
 */
final class CancellingSource extends ForwardingSource {

    private final Call call;
    private volatile boolean ended;

    private CancellingSource(Call call, Source body) {
        super(body);
        this.call = call;
    }

    /** The answer, with such a body if it has one. */
    static Response intercept(Interceptor.Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        ResponseBody body = response.body();
        if (chain.request().method().equals("HEAD") || body.contentLength() == 0) {
            return response;
        }
        Source source = new CancellingSource(chain.call(), body.source());
        return response.newBuilder()
                .body(ResponseBody.create(Okio.buffer(source), body.contentType(), body.contentLength()))
                .build();
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        long count = super.read(sink, byteCount);
        if (count < 0) {
            ended = true;
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        if (ended) {
            super.close();
            return;
        }
        call.cancel(); // closes the socket, and ends a read that waits
        try {
            super.close();
        } catch (IOException | IllegalStateException alreadyGoing) {
            // The thread that reads lets go of the connection.
        }
    }
}
