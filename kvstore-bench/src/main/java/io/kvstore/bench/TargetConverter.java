package io.kvstore.bench;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The address of a server: the name of a host, an address of IPv4, or one of IPv6 in brackets, and a port, without which it would
 * be looked for at the port of HTTPS.
 */
final class TargetConverter implements ITypeConverter<String> {

    private static final int MAX_PORT = 65_535;

    TargetConverter() {}

    @Override
    public String convert(String value) {
        if (!isHostAndPort(value)) {
            throw new TypeConversionException("'" + value + "' (expected: HOST:PORT)");
        }
        return value;
    }

    // A URI is strict about what a host is, as the client is that gets it.
    private static boolean isHostAndPort(String value) {
        try {
            URI uri = new URI("//" + value);
            return uri.getPort() >= 1 && uri.getPort() <= MAX_PORT && value.equals(uri.getHost() + ":" + uri.getPort());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
