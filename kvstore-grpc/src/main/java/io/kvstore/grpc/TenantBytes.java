package io.kvstore.grpc;

/**
 * What one tenant of a {@link ByteBudget} has in flight and waits for, and how far a look at all who wait has come with those of
 * this tenant. Guarded by the budget.
 */
final class TenantBytes {

    final String name;
    long usedBytes;
    long waitingBytes;
    int waiters;

    /** None of its waiters asks for less. */
    long leastWaitingBytes = Long.MAX_VALUE;

    private long look;

    /** Of its waiters, in this look at all. */
    private int toLookAt;

    /** Of those that this look left waiting, none asks for less. */
    private long leastLeftBytes;

    TenantBytes(String name) {
        this.name = name;
    }

    /** Whether it waits and holds nothing. */
    boolean isNewcomer() {
        return waiters > 0 && usedBytes == 0;
    }

    /** Whether its next waiter is to be looked at. */
    boolean isLookedAt(long thisLook) {
        if (look != thisLook) {
            look = thisLook;
            toLookAt = waiters;
            leastLeftBytes = Long.MAX_VALUE;
        }
        return toLookAt > 0;
    }

    /** The next waiter was looked at and waits no longer. */
    void letIn() {
        leftWaiting(Long.MAX_VALUE);
    }

    /** The next waiter was looked at and goes on waiting for so much. */
    void leftWaiting(long bytes) {
        leastLeftBytes = Math.min(leastLeftBytes, bytes);
        toLookAt--;
        if (toLookAt == 0) {
            leastWaitingBytes = leastLeftBytes;
        }
    }

    /** The others are not looked at; returns how many they are. */
    int passOver() {
        int others = toLookAt;
        toLookAt = 0;
        return others;
    }
}
