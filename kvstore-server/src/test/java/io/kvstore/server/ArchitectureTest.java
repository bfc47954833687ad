package io.kvstore.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.kvstore.spi.BlobStore;
import java.time.Clock;
import java.time.Instant;

/** The shape that docs/architecture.md draws, held to. */
@AnalyzeClasses(packages = "io.kvstore", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** Callers and backends see JDK types and ours; anything else would be a dependency that they cannot choose. */
    @ArchTest
    static final ArchRule the_api_has_only_jdk_types = classes()
            .that()
            .resideInAnyPackage("io.kvstore.api..", "io.kvstore.spi..")
            .should()
            .onlyDependOnClassesThat(
                    resideInAnyPackage("java..", "io.kvstore.api..", "io.kvstore.spi..", "org.jspecify.."));

    /** An embedder of the engine gets no network stack. */
    @ArchTest
    static final ArchRule the_engine_knows_no_wire = noClasses()
            .that()
            .resideInAPackage("io.kvstore.core..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.grpc..", "io.netty..", "com.google.protobuf..", "io.kvstore.protos..", "io.kvstore.grpc.."));

    /** The wire serves any KVStores, so it can be put in front of somebody else's. */
    @ArchTest
    static final ArchRule the_wire_knows_no_engine = noClasses()
            .that()
            .resideInAPackage("io.kvstore.grpc..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.kvstore.core.."));

    /** Each wing can be taken without the others; the server assembles. */
    @ArchTest
    static final ArchRule the_azure_backend_knows_the_api_alone = noClasses()
            .that()
            .resideInAPackage("io.kvstore.azure..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.kvstore.core..", "io.kvstore.grpc..", "io.kvstore.server.."));

    @ArchTest
    static final ArchRule the_other_wings_know_no_azure = noClasses()
            .that()
            .resideInAnyPackage("io.kvstore.api..", "io.kvstore.spi..", "io.kvstore.core..", "io.kvstore.grpc..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.kvstore.azure..", "com.azure..", "reactor.."));

    /** What is measured is never part of what is shipped. */
    @ArchTest
    static final ArchRule nothing_needs_the_server_or_the_bench = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.kvstore.api..",
                    "io.kvstore.spi..",
                    "io.kvstore.core..",
                    "io.kvstore.azure..",
                    "io.kvstore.grpc..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.kvstore.server..", "io.kvstore.bench..", "io.kvstore.testkit.."));

    /** An embedder of the engine or of the Azure backend gets no database, and no other wing. */
    @ArchTest
    static final ArchRule accounts_are_a_wing_of_their_own = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.kvstore.api..",
                    "io.kvstore.spi..",
                    "io.kvstore.core..",
                    "io.kvstore.azure..",
                    "io.kvstore.grpc..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.kvstore.accounts..", "io.kvstore.database.."));

    @ArchTest
    static final ArchRule accounts_know_the_api_alone = noClasses()
            .that()
            .resideInAnyPackage("io.kvstore.accounts..", "io.kvstore.database..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.kvstore.core..",
                    "io.kvstore.azure..",
                    "io.kvstore.grpc..",
                    "io.kvstore.server..",
                    "com.azure..",
                    "io.grpc.."));

    @ArchTest
    static final ArchRule only_the_database_brings_a_database = noClasses()
            .that()
            .resideInAPackage("io.kvstore..")
            .and()
            .resideOutsideOfPackages("io.kvstore.database..", "io.kvstore.bench..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "com.zaxxer..", "org.flywaydb..", "org.h2..", "org.postgresql..", "javax.sql.."));

    /** The wings know storage, not an emulator of it; and the emulator knows none of them. */
    @ArchTest
    static final ArchRule the_emulator_is_a_leaf = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.kvstore.api..",
                    "io.kvstore.spi..",
                    "io.kvstore.accounts..",
                    "io.kvstore.core..",
                    "io.kvstore.azure..",
                    "io.kvstore.database..",
                    "io.kvstore.grpc..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.kvstore.azurite.."));

    @ArchTest
    static final ArchRule the_emulator_knows_the_jdk_alone = classes()
            .that()
            .resideInAPackage("io.kvstore.azurite..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage("java..", "io.kvstore.azurite..", "org.jspecify.."));

    /** A layer that can be extended or reached around is no layer. */
    @ArchTest
    static final ArchRule decorators_are_final_and_nobodys_business = classes()
            .that()
            .resideInAPackage("io.kvstore.core..")
            .and()
            .implement(BlobStore.class)
            .and()
            .doNotHaveSimpleName("FileBlobStore")
            .and()
            .doNotHaveSimpleName("MemoryBlobStore")
            .and()
            .doNotHaveModifier(com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT)
            .should()
            .bePackagePrivate()
            .andShould()
            .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL);

    /**
     * Time is passed in, or a test has to wait for it. Roots hand System::nanoTime on. Classes that wait for threads to end
     * do so in real time, whatever clock the calls have.
     */
    @ArchTest
    static final ArchRule time_is_read_at_the_roots_alone = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.kvstore.api..",
                    "io.kvstore.spi..",
                    "io.kvstore.accounts..",
                    "io.kvstore.core..",
                    "io.kvstore.azure..",
                    "io.kvstore.database..",
                    "io.kvstore.grpc..")
            .and()
            .haveNameNotMatching(".*\\.(CallGate|SegmentLog|ActiveCalls)")
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Clock.class, "systemUTC");

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("io.kvstore.(*)..").should().beFreeOfCycles();
}
