package io.kvstore.bench.load;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the threads of a JVM have allocated on its heap. Java 17 tells it a thread; what a thread allocated between
 * the last look and its end is lost, which is nothing for threads of a pool.
 */
final class HeapCounter implements LongSupplier, AutoCloseable {

    private static final String LOCAL_ADDRESS = "com.sun.management.jmxremote.localConnectorAddress";

    private final ThreadMXBean threads;
    private final @Nullable JMXConnector connection;
    private final Map<Long, Long> seen = new HashMap<>();

    private HeapCounter(ThreadMXBean threads, @Nullable JMXConnector connection) {
        this.threads = threads;
        this.connection = connection;
    }

    /** Of this process. */
    static HeapCounter ofThisProcess() {
        return new HeapCounter((ThreadMXBean) ManagementFactory.getThreadMXBean(), null);
    }

    /**
     * Of another JVM of the same user on this machine; it starts a management agent of its own for it, on loopback.
     *
     * @throws IOException when it is none, or refuses
     */
    @SuppressWarnings("BanJNDI") // The address comes from a process of the same user, and is on loopback.
    static HeapCounter of(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            String address;
            try {
                address = machine.getAgentProperties().getProperty(LOCAL_ADDRESS);
                address = address == null ? machine.startLocalManagementAgent() : address;
            } finally {
                machine.detach();
            }
            JMXConnector connection = JMXConnectorFactory.connect(new JMXServiceURL(address));
            return new HeapCounter(
                    ManagementFactory.newPlatformMXBeanProxy(
                            connection.getMBeanServerConnection(),
                            ManagementFactory.THREAD_MXBEAN_NAME,
                            ThreadMXBean.class),
                    connection);
        } catch (AttachNotSupportedException e) {
            throw new IOException("process " + pid + " is no JVM that can be asked", e);
        }
    }

    /** Bytes allocated by all threads seen so far. */
    @Override
    public long getAsLong() {
        long[] ids = threads.getAllThreadIds();
        long[] bytes = threads.getThreadAllocatedBytes(ids);
        for (int i = 0; i < ids.length; i++) {
            if (bytes[i] >= 0) {
                seen.put(ids[i], bytes[i]);
            }
        }
        return seen.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() throws IOException {
        if (connection != null) {
            connection.close();
        }
    }
}
