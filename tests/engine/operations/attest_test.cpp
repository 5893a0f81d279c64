#include "engine/operations/attest.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/catalog_points.hpp"
#include "engine/operations/drill.hpp"
#include "engine/operations/expire.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "drills and verifications of a span are attested, also of points that have gone", "[operations][evidence]") {
    back_up();
    const Instant from = clock.now();
    clock.advance(std::chrono::hours(1));
    verify_catalog(place(), {{}, {}, 1.0}, progress, never);
    DrillAsked asked{.name = "total-failure"};
    asked.database = kOrders;
    run_drills(place(), asked, {.on_event = {}, .ask = {}, .yes = true, .progress = progress, .cancel = never});
    const Instant until = clock.now();
    const Attested attested = attest(place(), from, until);
    REQUIRE(attested.all.size() == 2);
    const Attestation &drill = attested.all[0], &verification = attested.all[1];
    CHECK(drill.kind == AttestedKind::Drill);
    CHECK(drill.passed);
    CHECK(drill.runbook_hash.size() == 64);
    CHECK(drill.digest == verification.digest);
    CHECK(verification.kind == AttestedKind::Verification);
    CHECK(verification.passed_tests.size() == 1);
    CHECK(attested.left_out.empty());
    CHECK(attested.audit_hash.size() == 64);
    CHECK(attest(place(), until, until + std::chrono::hours(1)).all.empty());

    clock.advance(std::chrono::hours(24 * 400));
    for (int day = 0; day < 3; ++day) {
        back_up();
        clock.advance(std::chrono::hours(24));
    }
    expire(place(), plan_expiry(place(), std::nullopt, std::nullopt), progress, never);
    REQUIRE(place().catalog().gone_points(kOrders).size() == 1);
    CHECK(attest(place(), from, until).all.size() == 2);
}

TEST_CASE_METHOD(WorkplaceFixture, "the installation's own key is made once and kept", "[operations][evidence]") {
    const SigningKey first = evidence_key(place(), std::nullopt);
    CHECK(evidence_key(open(), std::nullopt).public_key == first.public_key);
    CHECK((std::filesystem::status(place().installation().state / "evidence.key").permissions() & std::filesystem::perms::group_all) == std::filesystem::perms::none);
}
