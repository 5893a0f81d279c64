#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"
#include "tests/support/golden.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "init writes a policy that passes its own check", "[cli]") {
    const Ran ran = run({"init", "--path", "orders.db", "--zone", "Europe/Berlin"});
    CHECK(ran.status == 0);
    CHECK(ran.says("wrote policies/policy.yaml\n"));
    CHECK(ran.says("BACKUP_ENCRYPTION_KEY"));
    CHECK(run({"policy", "check"}).status == 0);
    CHECK(text_of_file(folder / ".gitignore") == ".holdfast/\nbackups/\n");
    CHECK(text_of_file(folder / "policies/policy.schema.json") == run({"policy", "schema"}).out);
}

TEST_CASE_METHOD(CommandFixture, "init never overwrites", "[cli]") {
    set_up();
    const Ran ran = run({"init"});
    CHECK(ran.status == 74);
    CHECK(text_of_file(folder / "policies/policy.yaml") == policy_text());
    CHECK_FALSE(std::filesystem::exists(folder / ".gitignore"));
}

TEST_CASE_METHOD(CommandFixture, "a sound policy passes the check", "[cli]") {
    set_up();
    const Ran ran = run({"policy", "check"});
    CHECK(ran.status == 0);
    CHECK(ran.says("ok: policies with 1 database holds"));
    CHECK(run({"policy", "check", "-q"}).out.empty());
}

TEST_CASE_METHOD(CommandFixture, "every problem is shown with its place in each format", "[cli]") {
    set_up("polices: {}\nscenarios:\n  corruption: { runbook: coruption }\n");
    const Ran text = run({"policy", "check"});
    CHECK(text.status == 65);
    CHECK(text.says("policy.yaml:16:1: error:"));
    CHECK(text.says("  16 | polices: {}\n     | ^\n"));
    CHECK(text.says("policies"));
    CHECK(text.says("not ok: "));
    CHECK(run({"policy", "check", "--format", "junit"}).out.starts_with("<?xml"));
    CHECK(run({"policy", "check", "--format", "sarif"}).says("\"version\": \"2.1.0\""));
    CHECK(run({"policy", "check", "--format", "json"}).says("\"kind\": \"findings\""));
}

TEST_CASE_METHOD(CommandFixture, "a policy with warnings alone holds and has status 1", "[cli]") {
    set_up("people:\n  dba-one: { public_key: \"ed25519:…\", roles: [approver] }\n");
    const Ran ran = run({"policy", "check"});
    CHECK(ran.status == 1);
    CHECK(ran.says("not quite: policies with 1 database holds, with 1 warning."));
    CHECK(run({"plan"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "files can be checked by name", "[cli]") {
    write("one.yaml", policy_text());
    CHECK(run({"policy", "check", "one.yaml"}).status == 0);
    CHECK(run({"policy", "check", "other.yaml"}).status == 74);
}

TEST_CASE_METHOD(CommandFixture, "explain tells a value and where it comes from", "[cli]") {
    set_up();
    const Ran ran = run({"policy", "explain", "orders.retention.daily"});
    CHECK(ran.status == 0);
    CHECK(ran.says("retention.daily  30d"));
    CHECK(ran.says("policy.yaml:13"));
    CHECK(run({"policy", "explain", "orders", "--format", "json"}).says("\"kind\": \"explanation\""));
    CHECK(run({"policy", "explain", "order"}).complains("orders"));
}

TEST_CASE_METHOD(CommandFixture, "policy tests pass and fail by their findings", "[cli][policy-test]") {
    set_up();
    std::filesystem::create_directories(folder / "policies/tests/unknown-key");
    write("policies/tests/unknown-key/policy.yaml", policy_text() + "unheard_of: 1\n");
    write("policies/tests/unknown-key/expect", "unknown-key policy.yaml:16\nmissing-scenario\n");
    const Ran passed = run({"policy", "test"});
    CHECK(passed.status == 0);
    CHECK(passed.says("passed unknown-key: 2 findings\n1 of 1 policy test passed."));
    write("policies/tests/unknown-key/expect", "under-floor\nmissing-scenario\n");
    const Ran failed = run({"policy", "test"});
    CHECK(failed.status == 1);
    CHECK(failed.says("  expected and not found: under-floor\n  found and not expected: unknown-key policy.yaml:16"));
    CHECK(run({"policy", "test", "--format", "junit"}).says("<testcase classname=\"policy-test\" name=\"unknown-key\">"));
    CHECK(run({"policy", "test", "policies"}).says("1 policy test") == false);
}
