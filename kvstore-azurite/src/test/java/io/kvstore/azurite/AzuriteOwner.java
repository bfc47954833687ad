package io.kvstore.azurite;

/** Starts Azurite, says which process it is, and lives until it is killed. */
final class AzuriteOwner {

    private AzuriteOwner() {}

    public static void main(String[] args) throws Exception {
        Azurite azurite = Azurite.builder().start();
        System.out.println(azurite.process().pid());
        Thread.currentThread().join();
    }
}
