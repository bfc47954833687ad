package io.kvstore.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** What the JVM may take outside its heap. */
final class DirectMemory {

    private DirectMemory() {}

    /** The limit in bytes: -XX:MaxDirectMemorySize, as large as the heap where that is not set. */
    static long maxBytes() {
        long set = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
        return set == 0 ? Runtime.getRuntime().maxMemory() : set;
    }
}
