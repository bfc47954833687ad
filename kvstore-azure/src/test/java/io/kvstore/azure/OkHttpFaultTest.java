package io.kvstore.azure;

class OkHttpFaultTest extends StoreFaultTests {

    OkHttpFaultTest() {
        super(Transport.OKHTTP);
    }
}
