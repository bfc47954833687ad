package io.kvstore.azurite;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * A certificate for 127.0.0.1 and localhost, good for a few days, and its key: made anew for every start, so that no key is
 * kept in the repository. Made by the JDK's own keytool, as the JDK has no public class for it.
 *
 * @param certificate what clients trust
 * @param certificateFile the same as PEM
 * @param keyFile its key as PEM, readable by its owner
 */
record SelfSignedCertificate(X509Certificate certificate, Path certificateFile, Path keyFile) {

    private static final long KEYTOOL_SECONDS = 60;
    private static final String ALIAS = "azurite";
    /** Of a file that lives for a moment, in a directory that nobody else reads. */
    private static final String PASSWORD = "for-a-moment";

    /** Makes one, with its files in {@code directory}, which only its owner should be able to read. */
    static SelfSignedCertificate create(Path directory) throws IOException {
        Path store = directory.resolve("azurite.p12");
        keytool(store);
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            X509Certificate certificate = (X509Certificate) keys.getCertificate(ALIAS);
            Path certificateFile = directory.resolve("azurite.crt.pem");
            Path keyFile = directory.resolve("azurite.key.pem");
            writePem(certificateFile, "CERTIFICATE", certificate.getEncoded());
            writePem(
                    keyFile,
                    "PRIVATE KEY",
                    keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
            return new SelfSignedCertificate(certificate, certificateFile, keyFile);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot make a certificate for Azurite: " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(store);
        }
    }

    private static void keytool(Path store) throws IOException {
        ProcessBuilder keytool = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-validity",
                "7",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString());
        Process running = keytool.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!running.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || running.exitValue() != 0) {
                throw new IOException("keytool made no certificate for Azurite");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        } finally {
            running.destroyForcibly();
        }
    }

    private static void writePem(Path file, String what, byte[] der) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
