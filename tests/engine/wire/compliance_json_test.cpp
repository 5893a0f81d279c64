#include "engine/wire/compliance_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace holdfast;

TEST_CASE("a proof has its verdict, terms and worst case", "[wire]") {
    Proofs proofs;
    RpoProof proof;
    proof.database = DatabaseName("orders");
    proof.disaster = Disaster::TotalFailure;
    proof.verdict = ProofVerdict::Unproven;
    proof.terms = {{"between runs", std::chrono::minutes(3)}};
    proofs.rpo = {proof};
    const auto json = nlohmann::json::parse(to_json(proofs));
    CHECK(json["kind"] == "proofs");
    CHECK(json["rpo"][0]["disaster"] == "total-failure");
    CHECK(json["rpo"][0]["verdict"] == "unproven");
    CHECK(json["rpo"][0]["worst_ms"].is_null());
    CHECK(json["rpo"][0]["terms"][0]["time_ms"] == 180000);
}
