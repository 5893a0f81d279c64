#include "engine/operations/sign_evidence.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/catalog_points.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

std::string line_of(const Attestation& one, Instant, const SigningKey& key) { return std::string(name_of(one.kind)) + " by " + key.public_key; }

}  // namespace

TEST_CASE_METHOD(WorkplaceFixture, "each thing that happened is signed once, when it has happened", "[operations][evidence]") {
    back_up();
    CHECK(sign_new_evidence(place(), false, line_of) == 1);
    CHECK(sign_new_evidence(place(), true, line_of) == 0);
    clock.advance(3h);
    verify_catalog(place(), {{}, {}, 1.0}, progress, never);
    CHECK(sign_new_evidence(open(), false, line_of) == 1);
    const auto kept = place().catalog().statements(Instant{}, clock.now());
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].envelope == "verification by " + evidence_key(place(), std::nullopt).public_key);
    CHECK(kept[1].signed_at == clock.now());
}

TEST_CASE_METHOD(WorkplaceFixture, "what was done before anything was signed is signed when a span is asked for", "[operations][evidence]") {
    back_up();
    clock.advance(72h);
    CHECK(sign_new_evidence(place(), false, line_of) == 0);
    CHECK(gather_signed(place(), clock.now() - 73h, clock.now(), line_of).statements.size() == 1);
}

TEST_CASE_METHOD(WorkplaceFixture, "a new key signs what comes, the old one what was", "[operations][evidence]") {
    back_up();
    const EvidenceKeyChange change = change_evidence_key(place(), line_of);
    CHECK(change.before != change.now);
    clock.advance(1h);
    verify_catalog(place(), {{}, {}, 1.0}, progress, never);
    const SignedEvidence evidence = gather_signed(place(), Instant{}, clock.now(), line_of);
    REQUIRE(evidence.statements.size() == 2);
    CHECK(evidence.statements[0].public_key == change.before);
    CHECK(evidence.statements[1].public_key == change.now);
    CHECK(place().catalog().audit_entries(2).back().detail == change.now + " in the place of " + change.before);
}
