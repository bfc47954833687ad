package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.ReadResult;
import io.kvstore.testkit.azure.RequestKind;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which threads run what waits for an answer of Azure: none that carries the bytes of others. */
class EngineThreadsTest extends FaultFixture {

    private String threadOf(CompletableFuture<?> call) throws Exception {
        azure.awaitHeld(1);
        CompletableFuture<String> thread =
                call.handle((answer, failure) -> Thread.currentThread().getName());
        azure.heal();
        azure.releaseHeld();
        return get(thread);
    }

    @Test
    void answers_of_azure_are_taken_by_the_engines_workers() throws Exception {
        String location = write(acme, 0);

        azure.every(RequestKind.GET_BLOB).isHeld();
        CompletableFuture<ReadResult> read = acme.read(location);
        assertThat(threadOf(read)).startsWith("kvstore-worker");
        get(read).close();
        azure.every(RequestKind.PUT_BLOB).isHeld();
        assertThat(threadOf(startWrite(acme, 1))).startsWith("kvstore-worker");
        azure.every(RequestKind.GET_BLOB).isHeld();
        CompletableFuture<String> lost = acme.read(location)
                .handle((answer, failure) -> Thread.currentThread().getName());
        azure.awaitHeld(1);
        azure.heal();
        azure.every(RequestKind.GET_BLOB).fails(403, "AuthorizationFailure");
        azure.resetConnections();
        assertThat(get(lost)).startsWith("kvstore-worker");
    }
}
