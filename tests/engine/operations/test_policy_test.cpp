#include "engine/operations/test_policy.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

class PolicyTestFixture : public WorkplaceFixture {
public:
    void add_case(const std::string& name, const std::string& expect, const std::string& more = "") {
        fs::create_directories(folder / "cases" / name);
        write("cases/" + name + "/policy.yaml", policy_text() + more);
        write("cases/" + name + "/expect", expect);
    }
    PolicyTestCase test_one(const std::string& name) {
        for (PolicyTestCase& one : test_policies(built(), folder / "cases")) {
            if (one.name == name) return one;
        }
        return {};
    }
    // What the fixture's policy falls short of, as it would be written.
    std::string all_of(const std::string& name) {
        std::string text = "today: 2026-11-20\n";
        for (const std::string& line : test_one(name).unexpected) text += line + "\n";
        return text;
    }
};

}  // namespace

TEST_CASE_METHOD(PolicyTestFixture, "a policy test passes with exactly the findings that it expects", "[operations][policy-test]") {
    add_case("plain", "# nothing is expected\ntoday: 2026-11-20\n");
    const PolicyTestCase nothing = test_one("plain");
    CHECK_FALSE(nothing.passed());
    CHECK(std::ranges::find(nothing.unexpected, "COPY-COUNT policy.yaml:7 orders") != nothing.unexpected.end());
    const std::string all = all_of("plain");
    add_case("plain", all);
    CHECK(test_one("plain").passed());
    add_case("plain", all + "OWNER policy.yaml:15 nobody\n");
    CHECK(test_one("plain").missing == std::vector<std::string>{"OWNER policy.yaml:15 nobody"});
    add_case("plain", all.substr(0, all.find("COPY-COUNT")) + "COPY-COUNT\n" + all.substr(all.find('\n', all.find("COPY-COUNT")) + 1));
    CHECK(test_one("plain").passed());
}

TEST_CASE_METHOD(PolicyTestFixture, "what keeps a policy from being used is a finding like any other", "[operations][policy-test]") {
    add_case("broken", "unknown-key policy.yaml:16\nmissing-scenario -\n", "unheard_of: 1\n");
    const PolicyTestCase broken = test_one("broken");
    INFO((broken.unexpected.empty() ? "" : broken.unexpected.front()));
    CHECK(broken.passed());
    CHECK(broken.found == 2);
}

TEST_CASE_METHOD(PolicyTestFixture, "tests are reported one by one", "[operations][policy-test]") {
    add_case("a", "today: 2026-11-20\n");
    add_case("b", "unknown-key\nmissing-scenario\n", "unheard_of: 1\n");
    const std::vector<Finding> findings = as_findings(test_policies(built(), folder / "cases"));
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].severity == Severity::Error);
    CHECK(findings[0].message.find("found and not expected: ") == 0);
    CHECK(findings[1].severity == Severity::Note);
    CHECK(findings[1].subject == "b");
    CHECK(findings[1].message == "2 findings as expected");
}

TEST_CASE_METHOD(PolicyTestFixture, "a folder without tests and a day that is none are said so", "[operations][policy-test]") {
    CHECK(code_thrown_by([&] { test_policies(built(), folder / "cases"); }) == ErrorCode::Missing);
    add_case("a", "\ntoday: soon\n");
    const auto error = error_thrown_by([&] { test_policies(built(), folder / "cases"); });
    REQUIRE(error);
    CHECK(error->message.find("expect:2: ") != std::string::npos);
}
