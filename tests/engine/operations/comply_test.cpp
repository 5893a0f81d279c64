#include "engine/operations/comply.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/frameworks.hpp"
#include "engine/operations/gather_evidence.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct ComplyFixture : WorkplaceFixture {
    std::optional<LoadedPolicy> loaded;
    Compliance check(const ComplyAsked& asked = {}) {
        loaded = require_policy(built(), folder / "policies");
        return check_compliance(open(), *loaded, asked);
    }
    static const Finding* find(const Compliance& compliance, std::string_view check) {
        const auto found = std::ranges::find(compliance.findings, check, &Finding::id);
        return found == compliance.findings.end() ? nullptr : &*found;
    }
};

constexpr const char* kHouseRules =
    "version: 1\nframework: house-rules\ntitle: Rules of the house\ncontrols:\n  R1: { title: Somebody to ask, checks: [OWNER] }\n  R2: { title: Two copies, checks: [COPY-COUNT, COPY-SITES] }\n";

}  // namespace

TEST_CASE_METHOD(ComplyFixture, "a database without a backup falls short, and no longer after one", "[operations][comply]") {
    const Compliance before = check();
    REQUIRE(find(before, "RPO-NOW") != nullptr);
    CHECK(find(before, "RPO-NOW")->message == "nothing of it can be brought back: it has no backup");
    CHECK(before.exit_status() == 1);
    back_up();
    CHECK(find(check(), "RPO-NOW") == nullptr);
    CHECK(find(check(), "INVENTORY") == nullptr);
    CHECK(find(check(), "KEY-ESCROW") != nullptr);
}

TEST_CASE_METHOD(ComplyFixture, "a finding points at the line of the policy", "[operations][comply]") {
    const Compliance compliance = check();
    const Finding* finding = find(compliance, "COPY-COUNT");
    REQUIRE(finding != nullptr);
    REQUIRE(finding->place);
    CHECK(finding->place->file == "policy.yaml");
    CHECK(finding->place->line == 7);
    CHECK(finding->subject == "orders");
}

TEST_CASE_METHOD(ComplyFixture, "a past time is judged by the record alone, the same ever after", "[operations][comply]") {
    back_up();
    clock.advance(std::chrono::hours(1));
    const ComplyAsked past{.as_of = clock.now(), .frame = {}, .database = {}, .environment = {}};
    clock.advance(std::chrono::hours(1));
    const Compliance first = check(past);
    CHECK(find(first, "RPO-NOW") == nullptr);
    clock.advance(std::chrono::days(3));
    back_up();
    const Compliance again = check(past);
    CHECK(first.findings == again.findings);
    CHECK(first.checks == again.checks);
    CHECK(std::ranges::any_of(first.checks, [](const JudgedCheck& one) { return one.id == "INVENTORY" && !one.not_judged.empty(); }));
    CHECK(find(check({.as_of = past.as_of.value() - std::chrono::hours(2), .frame = {}, .database = {}, .environment = {}}), "RPO-NOW") != nullptr);
}

TEST_CASE_METHOD(ComplyFixture, "a database file beside those of the policy is found", "[operations][comply]") {
    make_sample_database(folder / "stray.db");
    write("notes.txt", "SQLite format 3, but only a text");
    const Evidence evidence = gather_evidence(open(), std::nullopt);
    CHECK(evidence.live->uncovered == std::vector<std::string>{(std::filesystem::weakly_canonical(folder.path()) / "stray.db").string()});
}

TEST_CASE_METHOD(ComplyFixture, "points that vanished from the store are missed", "[operations][comply]") {
    back_up();
    std::filesystem::remove_all(folder / "backups");
    const Compliance compliance = check();
    REQUIRE(find(compliance, "INVENTORY") != nullptr);
    CHECK(find(compliance, "INVENTORY")->message == "the catalog lists 1 recovery point that the store does not have");
}

TEST_CASE_METHOD(ComplyFixture, "a framework of one's own is a file", "[operations][comply][frames]") {
    std::filesystem::create_directories(folder / "policies/frameworks");
    write("policies/frameworks/house.yaml", kHouseRules);
    const Compliance compliance = check({.as_of = {}, .frame = "house-rules", .database = {}, .environment = {}});
    REQUIRE(compliance.controls.size() == 2);
    CHECK(compliance.controls[0].state == ControlState::NotMet);
    CHECK(compliance.checks.size() == 3);
    CHECK(find(compliance, "RPO-NOW") == nullptr);
    CHECK(code_thrown_by([&] { check({.as_of = {}, .frame = "hause-rules", .database = {}, .environment = {}}); }) == ErrorCode::Usage);
}

TEST_CASE_METHOD(ComplyFixture, "every shipped framework can be read and asks for checks that exist", "[operations][comply][frames]") {
    std::vector<std::string> names;
    for (const Framework& framework : list_frameworks(built(), folder / "policies")) names.push_back(framework.name);
    CHECK(names == std::vector<std::string>{"3-2-1-1-0", "aws-backup-audit-manager", "cis-11", "iso-27001", "nist-800-53", "pci-dss", "soc2"});
    CHECK(find_framework(built(), folder / "policies", "aws-backup-audit-manager").controls.size() == 11);
}

TEST_CASE("what is wrong with a framework is named with its place", "[operations][comply][frames]") {
    const auto message = [](const std::string& text) {
        const auto error = error_thrown_by([&] { read_framework("f.yaml", text); });
        return error ? error->message : std::string("none");
    };
    std::string wrong = kHouseRules;
    wrong.replace(wrong.find("OWNER"), 5, "OWNRE");
    CHECK(message(wrong) == "framework f.yaml:5:42: there is no check OWNRE");
    CHECK(message("version: 1\nframework: x\ntitle: y\ncontrols: [a]\n").find("map of controls") != std::string::npos);
    CHECK(message("framework: x\n").find("version") != std::string::npos);
    CHECK(message(std::string(kHouseRules) + "more: 1\n").find("no key `more`") != std::string::npos);
    CHECK(message("a: [\n").starts_with("framework f.yaml"));
}

TEST_CASE_METHOD(ComplyFixture, "one database is judged alone, and waivers of others are left out", "[operations][comply]") {
    const Compliance compliance = check({.as_of = {}, .frame = {}, .database = DatabaseName("orders"), .environment = {}});
    CHECK(compliance.databases == 1);
    CHECK(code_thrown_by([&] { check({.as_of = {}, .frame = {}, .database = DatabaseName("ordres"), .environment = {}}); }) == ErrorCode::Usage);
}
