#include "engine/operations/prove.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/markdown.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "a policy is proved offline, and one database at a time", "[operations][prove]") {
    const Policy policy = require_policy(built(), folder / "policies").policy;
    const Proofs proofs = prove_policy(policy, {.databases = {}, .missed = {}, .as_of = clock.now()});
    CHECK(proofs.rpo.size() == 3);
    CHECK(proofs.rto.size() == 3);
    CHECK(proofs.unproven == 6);    // Nothing bounds how late a run may be, and no recovery was measured.
    CHECK(proofs.exit_status() == 0);
    CHECK(code_thrown_by([&] { prove_policy(policy, {.databases = {DatabaseName("orderz")}, .missed = {}, .as_of = clock.now()}); }) == ErrorCode::Usage);
}

TEST_CASE("the markdown has a row per proof and keeps bars out of cells", "[operations][prove]") {
    Proofs proofs;
    RpoProof proof;
    proof.database = DatabaseName("a|b");
    proof.promised = std::chrono::hours(1);
    proof.worst = std::chrono::hours(2);
    proof.terms = {{"between runs", std::chrono::hours(2)}};
    proof.verdict = ProofVerdict::DoesNotHold;
    proof.fix = "Do this.";
    proofs.rpo = {proof, proof};
    const std::string text = to_markdown(proofs, "UTC");
    CHECK(text.find("| a\\|b | accidental-deletion | 0 | 2h | 1h | **does-not-hold** | 2h between runs |  |\n") != std::string::npos);
    CHECK(markdown_cell("a|b\\c\nd") == "a\\|b\\\\c d");
    CHECK(text.find("- `a|b`, accidental-deletion: Do this.\n") == text.rfind("- `a|b`"));
}
