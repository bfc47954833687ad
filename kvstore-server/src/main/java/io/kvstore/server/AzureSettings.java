package io.kvstore.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings that only a backend in Azure would use. Deployments of the existing service set them, so they are checked
 * and answered, not refused.
 */
final class AzureSettings {

    private static final Pattern DNS_SUFFIX = Pattern.compile("\\.?[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,30}");
    private static final List<String> TRANSPORTS = List.of("netty", "jdk");
    private static final List<Flag> FLAGS =
            List.of(Flag.BLOB_DNS_SUFFIX, Flag.TRANSPORT, Flag.ENABLE_SDK_LOGGING, Flag.DISABLE_MULTI_NIC);
    private static final List<String> VARIABLES =
            List.of("KV_CURRENT_LOCATION", "KV_CONFIGURATION_STORE", "KV_CONFIGURATION_CONTAINER");

    private AzureSettings() {}

    /** Checks what is set; the sources of what has no effect, in a fixed order. */
    static List<String> checked(Settings settings) {
        settings.get(Flag.BLOB_DNS_SUFFIX).ifPresent(AzureSettings::checkSuffix);
        settings.get(Flag.TRANSPORT).ifPresent(AzureSettings::checkTransport);
        List<String> ignored = new ArrayList<>();
        for (Flag flag : FLAGS) {
            if (!flag.isSwitch() || settings.isOn(flag)) {
                settings.get(flag).map(Setting::source).ifPresent(ignored::add);
            }
        }
        for (String variable : VARIABLES) {
            settings.variable(variable).map(Setting::source).ifPresent(ignored::add);
        }
        return List.copyOf(ignored);
    }

    /** What to tell the operator about them, in one line. */
    static Optional<String> notice(List<String> ignored) {
        return ignored.isEmpty()
                ? Optional.empty()
                : Optional.of("this build has no Azure backend yet, so these have no effect: "
                        + OneLine.of(String.join(", ", ignored)));
    }

    private static void checkSuffix(Setting suffix) {
        if (!DNS_SUFFIX.matcher(suffix.value()).matches()) {
            throw suffix.refused("a DNS suffix such as .blob.core.windows.net");
        }
    }

    private static void checkTransport(Setting transport) {
        if (!TRANSPORTS.contains(transport.value())) {
            throw transport.refused("one of " + String.join(", ", TRANSPORTS));
        }
    }
}
