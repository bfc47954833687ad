package io.kvstore.azure;

class JdkFaultTest extends StoreFaultTests {

    JdkFaultTest() {
        super(Transport.JDK);
    }
}
