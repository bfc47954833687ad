package io.kvstore.azure;

class NettyFaultTest extends StoreFaultTests {

    NettyFaultTest() {
        super(Transport.NETTY);
    }
}
