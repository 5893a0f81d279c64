#include "engine/wire/findings_document.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/engine/wire/sarif_rules.hpp"

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

TEST_CASE("SARIF keeps what the specification demands, whatever findings hold", "[wire][sarif]") {
    std::vector<Finding> findings = two_findings();
    findings.push_back({"file-only", Severity::Warning, SourcePlace{"my team/größe: 100%.yaml", 0, 0, ""}, "", "it is empty.", "Write something."});
    findings.push_back({"unknown-key", Severity::Error, SourcePlace{"prod.yaml", 13, 0, ""}, "x", "a second of the same rule \xff\x01", "Look!"});
    for (const auto& some : {findings, std::vector<Finding>{}}) {
        const auto log = nlohmann::json::parse(to_sarif(some, "0.1.0", [](const std::string& id) { return id == "file-only" ? "Files say something." : ""; }));
        CHECK(sarif_problems(log) == std::vector<std::string>{});
        CHECK(log["runs"][0]["results"].size() == some.size());
    }
    const auto log = nlohmann::json::parse(to_sarif(findings, "0.1.0"));
    const auto& results = log["runs"][0]["results"];
    CHECK(results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20team/gr%C3%B6%C3%9Fe%3A%20100%25.yaml");
    CHECK_FALSE(results[2]["locations"][0]["physicalLocation"].contains("region"));
    CHECK(results[2]["message"]["text"] == "it is empty. Write something.");
    CHECK(results[0]["ruleIndex"] == results[3]["ruleIndex"]);
}

TEST_CASE("the judge of SARIF sees what is wrong", "[wire][sarif]") {
    const auto whole = nlohmann::json::parse(to_sarif(two_findings(), "0.1.0"));
    const auto complains = [&](const char* at, const nlohmann::json& value) {
        auto broken = whole;
        broken[nlohmann::json::json_pointer(at)] = value;
        return !sarif_problems(broken).empty();
    };
    CHECK(sarif_problems(whole).empty());
    CHECK(complains("/version", "2.0.0"));
    CHECK(complains("/runs/0/tool/driver/name", ""));
    CHECK(complains("/runs/0/results/0/level", "fatal"));
    CHECK(complains("/runs/0/results/0/ruleIndex", 0));
    CHECK(complains("/runs/0/results/0/message", "a text"));
    CHECK(complains("/runs/0/results/0/colour", "red"));
    CHECK(complains("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "a b.yaml"));
    CHECK(complains("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0));
    CHECK(complains("/runs/0/originalUriBaseIds", nlohmann::json::object()));
}

TEST_CASE("bytes that are not UTF-8 do not stop a report", "[wire]") {
    std::vector<Finding> findings = two_findings();
    findings[0].message = "the key \xff\x01 is not known";
    CHECK(nlohmann::json::parse(to_json(findings))["kind"] == "findings");
    CHECK(to_junit(findings, "x").find('\x01') == std::string::npos);
}
