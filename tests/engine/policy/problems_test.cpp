#include "engine/policy/problems.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

SourceTexts two_files() {
    SourceTexts sources;
    sources.emplace_back("a.yaml", "one\ntwo  \r\nthree");
    sources.emplace_back("b.yaml", "key: word");
    return sources;
}

TEST_CASE("findings come by file and line and column with placeless ones last", "[policy][problems]") {
    Problems problems;
    problems.add({}, {.id = "whole", .message = "", .fix = ""});
    problems.add({1, 1, 1}, {.id = "b", .message = "", .fix = ""});
    problems.add({0, 2, 3}, {.id = "late", .message = "", .fix = ""});
    problems.add({0, 2, 1}, {.id = "early", .message = "", .fix = ""});
    const std::vector<Finding> findings = problems.findings(two_files());
    REQUIRE(findings.size() == 4);
    CHECK(findings[0].id == "early");
    CHECK(findings[0].place == SourcePlace{"a.yaml", 2, 1, "two"});
    CHECK(findings[1].id == "late");
    CHECK(findings[2].id == "b");
    CHECK_FALSE(findings[3].place);
}

TEST_CASE("a line that holds a secret is not shown by any finding", "[policy][problems]") {
    Problems problems;
    problems.add({1, 1, 1}, {.id = "first", .message = "", .fix = ""});
    problems.withhold({1, 1, 6});
    const std::vector<Finding> findings = problems.findings(two_files());
    CHECK(findings.front().place->excerpt == "(not shown: it holds a secret)");
}

TEST_CASE("an excerpt is short and printable and stays UTF-8", "[policy][problems]") {
    SourceTexts sources;
    sources.emplace_back("a.yaml", "x" + std::string(158, '.') + "\xc3\xa4\xc3\xb6 and more");
    const SourcePlace place = source_place(sources, {0, 1, 1});
    CHECK(place.excerpt == "x" + std::string(158, '.') + "…");
}

TEST_CASE("a suggestion costs a limited effort", "[policy][problems]") {
    Problems problems;
    CHECK(problems.did_you_mean("retension", std::vector<std::string>{"retention", "verify"}) == "Did you mean `retention`?");
    CHECK(problems.did_you_mean("xyz", std::vector<std::string>{"retention", "verify"}).empty());
    const std::vector<std::string> many(2000, std::string(90, 'a'));
    for (int i = 0; i < 200; ++i) problems.did_you_mean(std::string(90, 'b'), many);
    CHECK(problems.did_you_mean("retension", std::vector<std::string>{"retention"}).empty());
}

}  // namespace
}  // namespace holdfast
