#include "dsl/run/approval.hpp"

#include <catch2/catch.hpp>

#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* kBody = R"(
  local lost = step("look", world.look { of = a.database })
  step("net", world.back_up { of = a.database })
  approve { "put the rows back", into = a.database, shows = lost }
  step("write", world.write { into = a.database })
  return done {}
)";

struct Guarded : RunFixture {
    SigningKey one, two;
    Guarded() : one(add_person("dba-one", {Role::Operator, Role::Approver})), two(add_person("dba-two")) {
        policy.environments.front().floor.approvals = 2;
    }
};

std::string refusal(RunFixture& run, const RunId& id, const GivenAnswer& answer) {
    try {
        run.runner().answer(id, answer);
        return "recorded";
    } catch (const Error& error) {
        return error.message;
    }
}

}  // namespace

TEST_CASE("the one who runs is asked at the terminal where no others are wanted", "[dsl][run][approval]") {
    RunFixture run;
    CHECK(run.start(kBody).state == RunState::Done);
    REQUIRE(run.asked.size() == 1);
    CHECK(run.asked[0].title == "put the rows back");
    CHECK(run.asked[0].evidence == Strings{"31 rows missing"});
    CHECK(run.asked[0].what == std::vector<std::pair<std::string, std::string>>{{"into", "orders"}});
}

TEST_CASE("an answer of no ends the run before anything is written", "[dsl][run][approval]") {
    RunFixture run;
    run.person = [](const ApprovalView&) { return false; };
    const auto outcome = run.start(kBody);
    CHECK(outcome.state == RunState::Cancelled);
    CHECK(outcome.exit_status() == 77);
    CHECK(run.performed == Strings{"look orders", "back_up orders"});
    CHECK_THROWS_AS(run.resume(outcome.id), Error);
}

TEST_CASE("without anybody to ask the run waits and goes on once approved", "[dsl][run][approval]") {
    RunFixture run;
    run.person = [](const ApprovalView&) { return std::nullopt; };
    const auto outcome = run.start(kBody);
    CHECK(outcome.state == RunState::Waiting);
    CHECK(outcome.exit_status() == 3);
    CHECK(run.resume(outcome.id).state == RunState::Waiting);
    CHECK(run.runner().answer(outcome.id, {"", true, "fine", {}}).open == false);
    run.performed.clear();
    CHECK(run.resume(outcome.id).state == RunState::Done);
    CHECK(run.performed == Strings{"write orders"});
}

TEST_CASE("the flag --yes answers one's own question in advance", "[dsl][run][approval]") {
    RunFixture run;
    run.yes = true;
    const auto outcome = run.start(kBody);
    CHECK(outcome.state == RunState::Done);
    CHECK(run.asked.empty());
    CHECK(run.runner().view(outcome.id).approvals.at(0).answers.at(0).how == "--yes");
}

TEST_CASE("two other people's signatures are needed where the environment says so", "[dsl][run][approval]") {
    Guarded run;
    run.yes = true;
    const auto outcome = run.start(kBody);
    CHECK(outcome.state == RunState::Waiting);
    CHECK_THAT(outcome.message, Contains("2 more approvals of 2"));
    CHECK(run.asked.empty());
    CHECK(run.runner().answer(outcome.id, run.signed_answer(outcome.id, "dba-one", run.one)).counted == 1);
    CHECK(run.resume(outcome.id).state == RunState::Waiting);
    CHECK(refusal(run, outcome.id, run.signed_answer(outcome.id, "dba-one", run.one)) == "dba-one cannot approve this: answered before");
    CHECK(run.runner().answer(outcome.id, run.signed_answer(outcome.id, "dba-two", run.two)).open == false);
    CHECK(run.resume(outcome.id).state == RunState::Done);
    CHECK(run.performed.back() == "write orders");
}

TEST_CASE("an answer without right or with the wrong key is not recorded", "[dsl][run][approval]") {
    Guarded run;
    const SigningKey tester = run.add_person("tester");
    const SigningKey auditor = run.add_person("looker", {Role::Auditor});
    const RunId id = run.start(kBody).id;
    CHECK_THAT(refusal(run, id, run.signed_answer(id, "tester", tester)), Contains("asked for this run"));
    CHECK_THAT(refusal(run, id, run.signed_answer(id, "looker", auditor)), Contains("does not have the role approver"));
    CHECK_THAT(refusal(run, id, run.signed_answer(id, "nobody", run.one)), Contains("is not in `people:`"));
    CHECK_THAT(refusal(run, id, run.signed_answer(id, "dba-two", run.one)), Contains("does not fit the person's key"));
    CHECK_THAT(refusal(run, id, {"dba-one", true, "", {}}), Contains("does not fit the person's key"));
    GivenAnswer turned = run.signed_answer(id, "dba-one", run.one, false);
    turned.approve = true;
    CHECK_THAT(refusal(run, id, turned), Contains("does not fit the person's key"));
    CHECK(run.resume(id).state == RunState::Waiting);
}

TEST_CASE("one person with two names is one person", "[dsl][run][approval]") {
    Guarded run;
    run.policy.people.push_back({"dba-one-again", run.one.public_key, {Role::Approver}});
    const RunId id = run.start(kBody).id;
    run.runner().answer(id, run.signed_answer(id, "dba-one", run.one));
    CHECK_THAT(refusal(run, id, run.signed_answer(id, "dba-one-again", run.one)), Contains("answered before"));
}

TEST_CASE("a refusal of one other person ends the run", "[dsl][run][approval]") {
    Guarded run;
    const RunId id = run.start(kBody).id;
    run.runner().answer(id, run.signed_answer(id, "dba-one", run.one));
    run.runner().answer(id, run.signed_answer(id, "dba-two", run.two, false));
    CHECK(run.runner().view(id).summary.state == RunState::Cancelled);
    CHECK_THROWS_AS(run.resume(id), Error);
}

TEST_CASE("an approval of other evidence does not count", "[dsl][run][approval]") {
    Guarded run;
    const RunId id = run.start(kBody).id;
    const GivenAnswer early = run.signed_answer(id, "dba-one", run.one);
    run.runner().answer(id, early);
    run.runner().answer(id, run.signed_answer(id, "dba-two", run.two));
    std::string body = kBody;
    body.replace(body.find("shows = lost"), 12, "shows = a.database");
    CHECK(run.resume(id, {true, run.book(body)}).state == RunState::Waiting);
    const ApprovalView view = run.runner().view(id).approvals.at(0);
    CHECK(view.counted == 0);
    CHECK(view.answers.at(0).why_not == "what was shown has changed since");
    CHECK_THAT(refusal(run, id, early), Contains("does not fit the person's key"));
    CHECK(run.performed == Strings{"look orders", "back_up orders"});
}

TEST_CASE("a recorded answer is checked anew when the run goes on", "[dsl][run][approval]") {
    Guarded run;
    const RunId id = run.start(kBody).id;
    run.runner().answer(id, run.signed_answer(id, "dba-one", run.one));
    run.runner().answer(id, run.signed_answer(id, "dba-two", run.two));
    run.policy.people.at(1).roles = {Role::Auditor};   // Taken away meanwhile.
    CHECK(run.resume(id).state == RunState::Waiting);
    CHECK(run.performed.back() == "back_up orders");
}

TEST_CASE("a floor that is raised meanwhile holds", "[dsl][run][approval]") {
    Guarded run;
    run.policy.environments.front().floor.approvals = 0;
    run.person = [](const ApprovalView&) { return std::nullopt; };
    const RunId id = run.start(kBody).id;
    run.runner().answer(id, {"", true, "", {}});
    run.policy.environments.front().floor.approvals = 1;
    CHECK(run.resume(id).state == RunState::Waiting);
}

TEST_CASE("line breaks in a comment cannot forge another line of what is signed", "[dsl][run][approval]") {
    AskRecord ask;
    ask.step = 4;
    ask.hash = "abc";
    CHECK(approval_message("01run", ask, true, "dba", "fine\nanswer: refuse") ==
          "holdfast approval 1\nrun: 01run\nstep: 4\nhash: abc\nanswer: approve\nperson: dba\ncomment: fine answer: refuse\n");
}
