// Killed while evidence is signed, or its key replaced: the next command signs what is not, and nothing counts twice.
#include <filesystem>

#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// Everything that was done is in the bundle, once, and fits the key that is there now.
void check_evidence(const Shop& shop, std::chrono::minutes later, const std::string& drills) {
    const auto bundle = shop.scratch("evidence.jsonl");
    std::filesystem::remove(bundle);
    const std::string exported = shop.must({"comply", "evidence", "export", "--from-time", "2020-01-01 00:00", "--out", bundle.string(), "--format", "json"}, {.later = later});
    const std::string verified = shop.must({"evidence", "verify", bundle.string(), "--public-key", json_at(exported, "$.public_key"), "--format", "json"}, {.later = later});
    CHECK(json_at(verified, "$.ok") == "1");
    CHECK(json_at(verified, "$.drills") == drills);
}

Scenario signing() {
    return {.name = "sign",
            .prepare = [](Shop& shop) { shop.must({"backup", "now", "shop"}); },
            .command = [](const Shop&) { return std::vector<std::string>{"drill", "total-failure", "--database", "shop"}; },
            .options = {.later = 1h},
            .points = {"catalog.statement.before", "catalog.statement.after"},
            .passages_max = 1,
            .finish = [](const Shop& shop) {
                check_evidence(shop, 2h, "1");
                shop.must({"drill", "total-failure", "--database", "shop"}, {.later = 3h});
                check_evidence(shop, 4h, "2");
                check_whole(shop, {.later = 4h});
            }};
}

Scenario changing_key() {
    return {.name = "new key",
            .prepare =
                [](Shop& shop) {
                    shop.must({"backup", "now", "shop"});
                    shop.must({"drill", "total-failure", "--database", "shop"});
                },
            .command = [](const Shop&) { return std::vector<std::string>{"keys", "new-evidence"}; },
            .options = {.later = 1h},
            .points = {"evidence.key.before", "evidence.key.after"},
            .passages_max = 1,
            .after_kill = [](const Shop& shop) { check_evidence(shop, 2h, "1"); },
            .finish = [](const Shop& shop) {
                shop.must({"keys", "new-evidence"}, {.later = 3h});
                check_evidence(shop, 4h, "1");
                check_whole(shop, {.later = 4h});
            }};
}

}  // namespace

std::vector<Scenario> holdfast::evidence_scenarios() { return {signing(), changing_key()}; }

TEST_CASE("killed while evidence is signed, it is signed by the next command", "[crash][evidence]") { play(signing()); }
TEST_CASE("killed while the key of evidence is replaced, what it signed stays verifiable", "[crash][evidence]") { play(changing_key()); }
