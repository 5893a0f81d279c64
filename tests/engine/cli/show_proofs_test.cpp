#include "engine/cli/show_proofs.hpp"

#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

namespace {

// The fixture's policy with limits, and a promise that can be changed.
void set_up_limits(CommandFixture& fixture, const std::string& rpo) {
    std::string text = CommandFixture::policy_text();
    const auto replace = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
    replace("Sun\" }", "Sun\", start_within: 30m, finish_within: 1h }");
    replace("Mon-Sat\" }", "Mon-Sat\", start_within: 30m, finish_within: 1h }");
    replace("rpo: 26h", "rpo: " + rpo);
    replace("at_least: 3 }\n", "at_least: 3 }\n    verify: { after_backup: restore }\n");
    fixture.set_up();
    fixture.write("policies/policy.yaml", text);
}

}  // namespace

TEST_CASE_METHOD(CommandFixture, "a promise that holds is shown with its arithmetic", "[cli][prove]") {
    set_up_limits(*this, "27h");
    const Ran ran = run({"policy", "prove"});
    CHECK(ran.status == 0);
    CHECK(ran.says("25h between runs + 30m start_within + 1h finish_within, worst from 2027-10-31 02:00:00 CEST"));
    CHECK(ran.says("nobody has said where local stands"));
    CHECK(ran.says("unproven"));
}

TEST_CASE_METHOD(CommandFixture, "a promise that does not hold has status 1 and a way out", "[cli][prove]") {
    set_up_limits(*this, "26h");
    const Ran ran = run({"policy", "prove", "orders"});
    CHECK(ran.status == 1);
    CHECK(ran.says("DOES NOT HOLD"));
    CHECK(ran.says("In policy nightly: `backups.incremental.finish_within: 30m` instead of `1h`."));
    CHECK(run({"policy", "prove", "--format", "markdown"}).says("| orders | accidental-deletion | 0 |"));
    CHECK(run({"policy", "prove", "--format", "json"}).says("\"worst_ms\": 95400000"));
    CHECK(run({"policy", "prove", "--missed", "2"}).says("2 failed runs"));
    CHECK(run({"policy", "prove", "nobody"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "the example of the whole language is proved", "[cli][prove]") {
    const Ran ran = run({"policy", "prove", "--policies", (std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies/examples/acme").string(), "--as-of", "2026-11-24T12:00:00Z"});
    CHECK(ran.says("orders-prod   total-failure, 1 failed run"));
    CHECK(ran.says("6m between runs, 1 failed + 1m start_within + 2m finish_within"));
    // Developers' data has one copy, at the site where it is.
    CHECK(ran.says("every copy stands where the database does, at berlin"));
    CHECK(ran.status == 1);
}

TEST_CASE_METHOD(CommandFixture, "recovery times are proved from what was measured here", "[cli][prove]") {
    set_up_limits(*this, "27h");
    const Ran before = run({"policy", "prove"});
    CHECK(before.says("no backup of it is on record here"));
    CHECK_FALSE(std::filesystem::exists(folder / ".holdfast"));
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran after = run({"policy", "prove"});
    INFO(after.out);
    CHECK(after.says("restore"));
    CHECK(after.says("1, 0 ms old"));
    CHECK(after.says("holds"));
    CHECK(run({"policy", "prove", "--format", "json"}).says("\"bytes_per_second\""));
    CHECK(run({"policy", "prove", "--format", "markdown"}).says("| Predicted recovery |"));
}
