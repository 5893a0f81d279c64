#include "engine/cli/show_findings.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a finding shows its place, the line, and what to do", "[cli]") {
    const std::vector<Finding> findings{{"unknown-key", Severity::Error, SourcePlace{"prod.yaml", 12, 5, "    retenton: {"}, "",
                                         "the key retenton is not known", "Did you mean retention?"}};
    CHECK(findings_text(findings, Style(false)) ==
          "prod.yaml:12:5: error: the key retenton is not known [unknown-key]\n"
          "  12 |     retenton: {\n"
          "     |     ^\n"
          "  Did you mean retention?\n");
}

TEST_CASE("a finding without a place names its subject", "[cli]") {
    const std::vector<Finding> findings{{"not-in-build", Severity::Note, std::nullopt, "billing", "sqlserver is not in this build", ""}};
    CHECK(findings_text(findings, Style(false)) == "billing: note: sqlserver is not in this build [not-in-build]\n");
}
