#include "engine/operations/diff_policy.hpp"

#include <catch2/catch.hpp>

#include "engine/base/process.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct DiffFixture : WorkplaceFixture {
    void git(std::vector<std::string> words) const {
        words.insert(words.begin(), {"git", "-C", folder.path().string(), "-c", "user.name=t", "-c", "user.email=t@example.org"});
        REQUIRE(run_process(words).ok());
    }
    void commit(const std::string& tag) const {
        git({"add", "policies"});
        git({"commit", "-q", "-m", tag});
        git({"tag", tag});
    }
    void change(const std::string& from, const std::string& to) {
        std::string text = policy_text();
        text.replace(text.find(from), from.size(), to);
        write("policies/policy.yaml", text);
    }
    DiffFixture() {
        git({"init", "-q", "-b", "main"});
        commit("one");
    }
    PolicyDiff diff(const std::string& range) { return diff_policy(built(), folder / "policies", range, clock.now()); }
};

}  // namespace

TEST_CASE_METHOD(DiffFixture, "two commits are held against each other", "[operations][diff]") {
    change("rpo: 26h", "rpo: 47h");
    commit("two");
    const PolicyDiff diff = this->diff("one..two");
    REQUIRE(diff.changes.size() == 1);
    CHECK(diff.changes[0].what == "rpo");
    CHECK(diff.changes[0].direction == Direction::Weaker);
    CHECK(diff.exit_status() == 1);
    CHECK(this->diff("two..one").exit_status() == 0);
    CHECK_FALSE(diff.not_counted.empty());
    CHECK(to_markdown(diff).find("| orders | rpo | 26h | 47h | **weaker** |\n") != std::string::npos);
    CHECK(code_thrown_by([&] { this->diff("one..three"); }) == ErrorCode::Usage);
}

TEST_CASE_METHOD(DiffFixture, "the folder as it is is held against a commit, and points that become deletable are counted", "[operations][diff]") {
    for (int day = 0; day < 5; ++day) {
        back_up();
        clock.advance(std::chrono::days(1));
    }
    CHECK(diff("one").changes.empty());
    CHECK(diff("one").deletable.empty());
    change("daily: 30d, weekly: 3mo, at_least: 3", "daily: 2d, at_least: 1");
    const PolicyDiff diff = this->diff("one");
    REQUIRE_FALSE(diff.deletable.empty());
    CHECK(diff.deletable[0].points > 0);
    CHECK(diff.after.empty());
}

TEST_CASE_METHOD(DiffFixture, "a side that is not sound is refused", "[operations][diff]") {
    change("rpo: 26h", "rpo: often");
    commit("two");
    CHECK(code_thrown_by([&] { diff("one..two"); }) == ErrorCode::BadPolicy);
}
