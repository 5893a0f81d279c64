#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"
#include "tests/support/order_lines.hpp"

using namespace holdfast;

namespace {

// Two people approve; neither is the one who asks.
struct FourEyesFixture : CommandFixture {
    std::string before_accident;

    FourEyesFixture() {
        const std::string one = new_person("one.key");
        const std::string two = new_person("two.key");
        const std::string asker = new_person("asker.key");
        set_up("people:\n"
               "  dba-one: { public_key: \"" + one + "\", roles: [operator, approver] }\n"
               "  dba-two: { public_key: \"" + two + "\", roles: [approver] }\n"
               "  dba-three: { public_key: \"" + asker + "\", roles: [operator, approver] }\n");
        std::string text = policy_text();
        const std::string shop = "shop: { rpo: 26h, rto: 1h, copies: [local] }";
        text.replace(text.find(shop), shop.size(), "shop: { rpo: 26h, rto: 1h, copies: [local], floor: { approvals: 2 } }");
        write("policies/policy.yaml", text + "people:\n"
              "  dba-one: { public_key: \"" + one + "\", roles: [operator, approver] }\n"
              "  dba-two: { public_key: \"" + two + "\", roles: [approver] }\n"
              "  dba-three: { public_key: \"" + asker + "\", roles: [operator, approver] }\n");
        const Ran ticked = run({"tick"});
        INFO(ticked.err);
        REQUIRE(ticked.status == 0);
        before_accident = order_lines(database());
        clock.advance(std::chrono::minutes(10));
        delete_sample_orders(database(), 10, 20);
        clock.advance(std::chrono::minutes(10));
    }

    std::string new_person(const std::string& file) {
        const Ran made = run({"keys", "new-person", file, "--format", "json"});
        REQUIRE(made.status == 0);
        const auto at = made.out.find("ed25519:");
        return made.out.substr(at, made.out.find('"', at) - at);
    }
};

}  // namespace

TEST_CASE_METHOD(FourEyesFixture, "a run waits for two people and goes on when both have signed", "[cli]") {
    const Ran waiting = run({"run", "accidental-deletion", "--before", "10m ago", "--yes", "--person-key", "asker.key"});
    INFO(waiting.out);
    INFO(waiting.err);
    REQUIRE(waiting.status == 3);
    CHECK(waiting.says("runbook approve "));
    CHECK(order_lines(database()) != before_accident);
    CHECK(run({"approve", "last"}).status == 77);
    CHECK(run({"runs", "resume", "last", "--yes"}).status == 3);
    const Ran first = run({"approve", "last", "--key", "one.key", "--comment", "counted with the shop"});
    INFO(first.err);
    CHECK(first.status == 0);
    CHECK(first.says("Approved by dba-one."));
    CHECK(first.says("1 of 2 approvals"));
    CHECK(first.complains("put the missing rows back"));
    CHECK(run({"runs", "resume", "last"}).status == 3);
    CHECK(run({"approve", "last", "--key", "two.key"}).says("Nothing more is wanted."));
    const Ran done = run({"runs", "resume", "last"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(order_lines(database()) == before_accident);
    CHECK(run({"runs", "show", "last"}).says("counted with the shop"));
}

TEST_CASE_METHOD(FourEyesFixture, "who asks by key must be an operator, and does not approve", "[cli]") {
    const Ran no_operator = run({"run", "accidental-deletion", "--before", "10m ago", "--yes", "--person-key", "two.key"});
    CHECK(no_operator.status == 77);
    CHECK(no_operator.complains("dba-two is no operator"));
    CHECK(run({"runs", "list", "--format", "json"}).says("\"runs\": []"));
    REQUIRE(run({"run", "accidental-deletion", "--before", "10m ago", "--yes", "--person-key", "one.key"}).status == 3);
    const Ran own = run({"approve", "last", "--key", "one.key"});
    CHECK(own.status == 77);
    CHECK(own.complains("asked for this run"));
    CHECK(run({"approve", "last", "--key", "two.key"}).says("1 of 2 approvals"));
    CHECK(run({"approve", "last", "--key", "asker.key"}).says("Nothing more is wanted."));
    REQUIRE(run({"runs", "resume", "last"}).status == 0);
    CHECK(order_lines(database()) == before_accident);
    CHECK(run({"runs", "undo", "last", "--yes", "--person-key", "two.key"}).status == 77);
    CHECK(run({"runs", "undo", "last", "--yes", "--person-key", "one.key"}).status == 3);
    CHECK(run({"approve", "last", "--key", "one.key"}).status == 77);
}

TEST_CASE_METHOD(FourEyesFixture, "one refusal ends the run", "[cli]") {
    REQUIRE(run({"run", "accidental-deletion", "--before", "10m ago", "--yes", "--person-key", "asker.key"}).status == 3);
    CHECK(run({"refuse", "last", "--key", "two.key", "--comment", "not on a Friday"}).says("Refused by dba-two."));
    CHECK(run({"runs", "resume", "last"}).status != 0);
    CHECK(order_lines(database()) != before_accident);
}

TEST_CASE_METHOD(FourEyesFixture, "a key of somebody unknown and a key that others may read do not count", "[cli]") {
    REQUIRE(run({"run", "accidental-deletion", "--before", "10m ago", "--yes", "--person-key", "asker.key"}).status == 3);
    new_person("stranger.key");
    CHECK(run({"approve", "last", "--key", "stranger.key"}).status == 77);
    std::filesystem::permissions(folder / "one.key", std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    const Ran open = run({"approve", "last", "--key", "one.key"});
    CHECK(open.status == 77);
    CHECK(open.complains("chmod 600"));
}
