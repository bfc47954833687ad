package io.kvstore.accounts;

import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A resource's storage accounts in each region where it has some.
 *
 * @param homeRegion whose accounts stand in where there are none; "" for none
 * @param byRegion the accounts of each region
 */
public record RegionalAccounts(String homeRegion, Map<String, List<StorageAccount>> byRegion) {

    public RegionalAccounts {
        homeRegion = normalized(homeRegion);
        Map<String, List<StorageAccount>> normalized = new HashMap<>();
        byRegion.forEach((region, accounts) -> {
            if (normalized.put(normalized(region), List.copyOf(accounts)) != null) {
                throw new IllegalArgumentException("region '" + normalized(region) + "' twice");
            }
        });
        byRegion = Map.copyOf(normalized);
    }

    /** A region as it is compared: {@code West Europe} is {@code westeurope}, as in Azure. */
    public static String normalized(String region) {
        return region.toLowerCase(Locale.ROOT).replace(" ", "");
    }

    /**
     * The accounts that serve in a region: its own, or those of the home region, which are only read unless {@code
     * crossRegionWrites}; empty when neither has any.
     *
     * @param region where this process runs; "" for wherever the resource is at home
     */
    public Optional<ResourceAccounts> servingIn(String region, boolean crossRegionWrites) {
        String here = region.isEmpty() ? homeRegion : normalized(region);
        List<StorageAccount> own = byRegion.getOrDefault(here, List.of());
        if (!own.isEmpty()) {
            return Optional.of(new ResourceAccounts(own, true));
        }
        List<StorageAccount> home = byRegion.getOrDefault(homeRegion, List.of());
        return home.isEmpty() ? Optional.empty() : Optional.of(new ResourceAccounts(home, crossRegionWrites));
    }
}
