package io.kvstore.accounts;

import io.kvstore.api.StorageAccount;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A storage account as people write it: its name, or the address of its blob service. An account has one name however it is
 * written, since its name decides which chunks it holds.
 */
public final class AccountAddress {

    /** What {@link #parse} takes, for messages. */
    public static final String EXPECTED =
            "a storage account's name (3-24 of a-z, 0-9) or the address of its blob service,"
                    + " without user, query or fragment, and with a port where the account is in the path, as emulators have it, and"
                    + " there alone";

    private static final Pattern NAME = Pattern.compile("[a-z0-9]{3,24}");
    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");
    private static final Pattern PATH = Pattern.compile("/?|/([a-z0-9]{3,24})/?");
    private static final int MAX_CHARS = 1_024;

    private AccountAddress() {}

    /** Addresses of one cloud, by a suffix such as {@code .blob.core.windows.net}, whose first dot may be missing. */
    public static Function<String, URI> withSuffix(String suffix) {
        String dotted = suffix.startsWith(".") ? suffix : "." + suffix;
        return name -> URI.create("https://" + name + dotted);
    }

    /**
     * The address of an emulator, which keeps all accounts under one: {@code http://127.0.0.1:10000}. Its port has to be there,
     * be it the scheme's: Azure's SDK looks for the account in the path where there is a port, and else in the host's name.
     *
     * @throws IllegalArgumentException for anything else; the message says what was expected
     */
    public static URI emulator(String text) {
        try {
            URI address = new URI(text);
            boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            boolean serverAlone = address.getHost() != null
                    && address.getUserInfo() == null
                    && address.getQuery() == null
                    && address.getFragment() == null
                    && (address.getPath().isEmpty() || address.getPath().equals("/"));
            if (http && serverAlone && address.getPort() > 0) {
                return address;
            }
        } catch (URISyntaxException notAnAddress) {
            // Refused below, like one that is no emulator's.
        }
        throw new IllegalArgumentException("expected an address with a port, such as http://127.0.0.1:10000");
    }

    /** Addresses of the accounts of an {@link #emulator}. */
    public static Function<String, URI> ofEmulator(URI emulator) {
        String base = emulator.toString().endsWith("/") ? emulator.toString() : emulator + "/";
        return name -> URI.create(base + name);
    }

    /**
     * The account.
     *
     * @param text {@code acme}, {@code https://acme.blob.core.windows.net} or, with the account in the path as emulators have
     *     it, {@code http://127.0.0.1:10000/acme}
     * @param bareNames what makes an address of a name alone, as {@link #withSuffix} and {@link #ofEmulator} do
     * @param credential the name of its credential, "" for that of its name or the default
     * @throws IllegalArgumentException for anything else; the message says what was expected and does not repeat the text,
     *     which might hold a secret
     */
    public static StorageAccount parse(String text, Function<String, URI> bareNames, String credential) {
        if (isName(text)) {
            return new StorageAccount(text, bareNames.apply(text), credential);
        }
        if (text.length() <= MAX_CHARS && (text.startsWith("https://") || text.startsWith("http://"))) {
            try {
                URI address = new URI(text);
                return new StorageAccount(nameOf(address), address, credential);
            } catch (URISyntaxException e) {
                throw refused();
            }
        }
        throw refused();
    }

    /** Whether that can name a storage account: 3-24 of a-z, 0-9. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static String nameOf(URI address) {
        String host = address.getHost();
        Matcher path = PATH.matcher(address.getRawPath());
        if (host == null || !path.matches() || address.getRawFragment() != null) {
            throw refused();
        }
        String inPath = path.group(1);
        if ((inPath != null) != (address.getPort() > 0)) { // the SDK would take another for the account
            throw refused();
        }
        if (inPath != null) {
            return inPath;
        }
        String inHost = host.substring(0, host.indexOf('.') < 0 ? host.length() : host.indexOf('.'));
        String name = inHost.toLowerCase(Locale.ROOT);
        if (IPV4.matcher(host).matches() || !isName(name)) {
            throw refused();
        }
        return name;
    }

    private static IllegalArgumentException refused() {
        return new IllegalArgumentException("expected " + EXPECTED);
    }
}
