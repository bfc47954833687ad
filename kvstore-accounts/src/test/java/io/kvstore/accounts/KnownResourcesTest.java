package io.kvstore.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KnownResourcesTest {

    private final ScriptedResolver resolver = new ScriptedResolver();
    private final KnownResources policy = new KnownResources(resolver);

    private CompletableFuture<Grant> check() {
        return policy.check("acme", CallerToken.NONE);
    }

    private Reason refusal() {
        return KVStoreException.of(check().handle((grant, failure) -> failure).join())
                .reason();
    }

    @Test
    void a_resource_that_is_known_is_granted_without_waiting() {
        resolver.knows("acme", "acme1");

        assertThat(check()).isCompletedWithValue(Grant.UNLIMITED);
    }

    @Test
    void why_there_is_no_answer_is_why_a_call_is_refused() {
        assertThat(refusal()).isEqualTo(Reason.NOT_FOUND);
        resolver.down = true;
        assertThat(refusal()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void who_gives_up_waiting_disturbs_nobody_else() {
        resolver.holding.add("acme");
        resolver.knows("acme", "acme1");
        CompletableFuture<Grant> first = check();
        var asked = resolver.held.get("acme");
        assertThat(first).isNotDone();

        first.cancel(true);

        assertThat(asked).isNotDone();
        resolver.release("acme");
        assertThat(check()).isCompletedWithValue(Grant.UNLIMITED);
    }
}
