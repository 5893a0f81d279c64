#include "engine/operations/policy_at_commit.hpp"

#include <catch2/catch.hpp>

#include "engine/base/process.hpp"
#include "engine/operations/comply.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct PastFixture : WorkplaceFixture {
    void git(std::vector<std::string> words) const {
        words.insert(words.begin(), {"git", "-C", folder.path().string(), "-c", "user.name=t", "-c", "user.email=t@example.org"});
        REQUIRE(run_process(words).ok());
    }
    void commit(const std::string& from, const std::string& to) {
        std::string text = policy_text();
        if (!from.empty()) text.replace(text.find(from), from.size(), to);
        write("policies/policy.yaml", text);
        git({"add", "policies"});
        git({"commit", "-q", "-m", "x"});
    }
    PastFixture() { git({"init", "-q", "-b", "main"}); }
    LoadedPolicy today() const { return require_policy(built(), folder / "policies"); }
    PolicyThen then(Instant at) { return policy_then(open(), today(), at); }
};

}  // namespace

TEST_CASE_METHOD(PastFixture, "a past time is judged by the policy under which the newest point before it was made", "[operations][comply]") {
    commit("", "");
    open();
    back_up();
    const Instant before = clock.now();
    clock.advance(24h);
    commit("rpo: 26h", "rpo: 1h");
    open();
    back_up();
    clock.advance(2h);
    const PolicyThen old = then(before), now = then(clock.now());
    CHECK(old.loaded.policy.environments[0].rpo == Duration(26h));
    CHECK(old.said.starts_with("judged by the policy of then: commit "));
    CHECK(now.loaded.policy.environments[0].rpo == Duration(1h));
    const Compliance compliance = check_compliance(open(), today(), {.as_of = before + 2h, .frame = {}, .database = {}, .environment = {}});
    CHECK(std::ranges::none_of(compliance.findings, [](const Finding& finding) { return finding.id == "RPO-NOW"; }));
    CHECK(std::ranges::any_of(check_compliance(open(), today(), {}).findings, [](const Finding& finding) { return finding.id == "RPO-NOW"; }));
}

TEST_CASE_METHOD(PastFixture, "which policy was used is said where that of then is not to be had", "[operations][comply]") {
    CHECK(then(clock.now()).said == "judged by today's policy: nothing on record before that time names a commit of it");
    commit("", "");
    open();
    back_up();
    CHECK_FALSE(then(clock.now()).commit.empty());
    std::filesystem::remove_all(folder / ".git");
    const PolicyThen gone = then(clock.now());
    CHECK(gone.commit.empty());
    CHECK(gone.said.find("is not to be had: git does not list ") != std::string::npos);
    CHECK(gone.loaded.policy.databases.size() == 1);
}

TEST_CASE_METHOD(PastFixture, "a policy of then that does not hold any more gives way to today's", "[operations][comply]") {
    commit("", "");
    commit("rpo: 26h", "rpo: 26h, colour: red");
    write("policies/policy.yaml", policy_text());   // Mended, and not committed.
    open();
    back_up();
    const PolicyThen then = this->then(clock.now());
    CHECK(then.commit.empty());
    CHECK(then.said.find("has 1 error by the rules of this version") != std::string::npos);
}
