#include "engine/wire/findings_document.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace holdfast;

namespace {

std::vector<Finding> two_findings() {
    return {{"unknown-key", Severity::Error, SourcePlace{"prod.yaml", 12, 5, "  retenton: {"}, "orders",
             "the key retenton is not known", "Did you mean retention?"},
            {"not-in-build", Severity::Note, std::nullopt, "billing", "<sqlserver> & co are not in this build", ""}};
}

}  // namespace

TEST_CASE("findings become JSON with place and fix", "[wire]") {
    const auto json = nlohmann::json::parse(to_json(two_findings()));
    CHECK(json["version"] == 1);
    CHECK(json["kind"] == "findings");
    CHECK(json["findings"][0]["check"] == "unknown-key");
    CHECK(json["findings"][0]["place"]["line"] == 12);
    CHECK(json["findings"][1]["place"].is_null());
    CHECK(json["findings"][1]["severity"] == "note");
}

TEST_CASE("a JUnit report fails for an error and passes for a note", "[wire]") {
    const std::string xml = to_junit(two_findings(), "policy check");
    CHECK(xml.find("tests=\"2\" failures=\"1\"") != std::string::npos);
    CHECK(xml.find("<failure type=\"error\" message=\"the key retenton is not known\">") != std::string::npos);
    CHECK(xml.find("&lt;sqlserver&gt; &amp; co") != std::string::npos);
}

TEST_CASE("a JUnit report without findings has one case that passes", "[wire]") {
    CHECK(to_junit({}, "policy check") ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<testsuite name=\"policy check\" tests=\"1\" failures=\"0\" errors=\"0\">\n"
          "  <testcase classname=\"policy check\" name=\"policy check\"/>\n"
          "</testsuite>\n");
}

TEST_CASE("SARIF names the rule, the level and the place", "[wire]") {
    const auto json = nlohmann::json::parse(to_sarif(two_findings(), "0.1.0"));
    CHECK(json["version"] == "2.1.0");
    const auto& run = json["runs"][0];
    CHECK(run["tool"]["driver"]["version"] == "0.1.0");
    CHECK(run["tool"]["driver"]["rules"].size() == 2);
    CHECK(run["results"][0]["ruleId"] == "unknown-key");
    CHECK(run["results"][0]["level"] == "error");
    const auto& physical = run["results"][0]["locations"][0]["physicalLocation"];
    CHECK(physical["artifactLocation"]["uri"] == "prod.yaml");
    CHECK(physical["region"]["startLine"] == 12);
    CHECK_FALSE(run["results"][1].contains("locations"));
}

TEST_CASE("bytes that are not UTF-8 do not stop a report", "[wire]") {
    std::vector<Finding> findings = two_findings();
    findings[0].message = "the key \xff\x01 is not known";
    CHECK(nlohmann::json::parse(to_json(findings))["kind"] == "findings");
    CHECK(to_junit(findings, "x").find('\x01') == std::string::npos);
}
