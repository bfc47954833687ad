package io.kvstore.azure;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A name server that knows no name, or all of them as this machine's, or cannot tell, and counts who asks. */
final class NameServer implements AutoCloseable {

    private static final int HEADER_BYTES = 12;
    private static final int TYPE_AND_CLASS_BYTES = 4;
    private static final byte NO_SUCH_NAME = (byte) 0x83; // recursion available, NXDOMAIN
    private static final byte SERVER_FAILURE = (byte) 0x82;

    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private volatile boolean knows;
    private volatile byte otherwise = NO_SUCH_NAME;
    private final AtomicInteger questions = new AtomicInteger();
    private final Thread thread = new Thread(this::serve, "name-server");

    NameServer() throws IOException {
        thread.setDaemon(true);
        thread.start();
    }

    InetSocketAddress address() {
        return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
    }

    /** Whether each name is this machine's from now on, or none. */
    void knowsAll(boolean all) {
        otherwise = NO_SUCH_NAME;
        knows = all;
    }

    /** It answers from now on that it cannot tell. */
    void fails() {
        otherwise = SERVER_FAILURE;
        knows = false;
    }

    int questions() {
        return questions.get();
    }

    private void serve() {
        try {
            while (true) {
                DatagramPacket question = new DatagramPacket(new byte[512], 512);
                socket.receive(question);
                questions.incrementAndGet();
                byte[] answer = knows ? thisMachine(question.getData()) : without(otherwise, question.getData());
                socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    /** RFC 1035: the header with another flag and code, and the question. */
    private static byte[] without(byte code, byte[] question) {
        int end = HEADER_BYTES;
        while (question[end] != 0) {
            end += question[end] + 1;
        }
        byte[] answer = Arrays.copyOf(question, end + 1 + TYPE_AND_CLASS_BYTES);
        answer[2] = (byte) 0x81; // an answer, recursion desired
        answer[3] = code;
        Arrays.fill(answer, 6, HEADER_BYTES, (byte) 0); // neither answers nor anything else
        return answer;
    }

    /** 127.0.0.1 for who asks for IPv4, nothing for others; not to be remembered. */
    private static byte[] thisMachine(byte[] question) {
        byte[] head = without((byte) 0x80, question); // no error
        boolean ipv4 = head[head.length - 3] == 1;
        if (!ipv4) {
            return head;
        }
        head[7] = 1; // answers
        byte[] record = {(byte) 0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1};
        byte[] answer = Arrays.copyOf(head, head.length + record.length);
        System.arraycopy(record, 0, answer, head.length, record.length);
        return answer;
    }

    @Override
    public void close() {
        socket.close();
    }
}
