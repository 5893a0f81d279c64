#include "engine/policy/explain.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {
namespace {

LoadedPolicy load_acme() {
    LoadOptions options = whole_build();
    options.folder = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies/examples/acme";
    return load_policy(options);
}
ExplainRow only_row(const LoadedPolicy& loaded, const std::string& target) {
    const Explanation explanation = explain_policy(loaded, target);
    REQUIRE(explanation.rows.size() == 1);
    return explanation.rows.front();
}

TEST_CASE("a value of the database itself has its own line", "[policy][explain]") {
    const ExplainRow row = only_row(load_acme(), "orders-prod.owner");
    CHECK(row.value == "team-orders");
    CHECK(row.place->file == "acme.yaml");
    CHECK(row.place->line == 60);
    CHECK(row.via == "database orders-prod");
}

TEST_CASE("an inherited value has the line of the policy that gives it", "[policy][explain]") {
    const ExplainRow inherited = only_row(load_acme(), "orders-stg.retention.any_second");
    CHECK(inherited.value == "14d");
    CHECK(inherited.place->line == 40);
    CHECK(inherited.via == "policy chain, extended by chain-hourly");
    const ExplainRow own = only_row(load_acme(), "orders-stg.backups.log.every");
    CHECK(own.value == "1h");
    CHECK(own.place->line == 50);
    CHECK(own.via == "policy chain-hourly");
}

TEST_CASE("environment and floor and default are told apart", "[policy][explain]") {
    CHECK(only_row(load_acme(), "orders-prod.rpo").via == "environment prod");
    CHECK(only_row(load_acme(), "orders-prod.floor.approvals").via == "floor of environment prod");
    const ExplainRow standard = only_row(load_acme(), "notes-dev.floor.approvals");
    CHECK(standard.value == "0");
    CHECK(standard.via == "default");
    CHECK_FALSE(standard.place);
    CHECK(only_row(load_acme(), "notes-dev.timezone").via == "the folder");
}

TEST_CASE("a group of fields and a whole database can be explained", "[policy][explain]") {
    const Explanation retention = explain_policy(load_acme(), "orders-prod.retention");
    CHECK(retention.rows.size() == 5);
    CHECK(retention.field == "retention");
    const Explanation all = explain_policy(load_acme(), "orders-prod");
    std::string text;
    for (const ExplainRow& row : all.rows) {
        text += row.field + " = " + row.value + "  (" + row.via + (row.place ? ", " + row.place->file + ":" + std::to_string(row.place->line) : "") + ")\n";
    }
    // The state folder lies beside the fixtures, wherever these are.
    const auto at = text.find("state = ");
    text.replace(at, text.find("  (", at) - at, "state = …");
    check_golden("policy/explain.txt", text);
}

TEST_CASE("a name with dots is found as a whole", "[policy][explain]") {
    PolicyParts parts;
    parts.databases = "databases:\n  a: { engine: sqlite, environment: main, policy: daily, path: /a }\n  a.rpo: { engine: sqlite, environment: main, policy: daily, path: /b }\n";
    const LoadedPolicy loaded = load_parts(parts);
    CHECK(explain_policy(loaded, "a.rpo").database == DatabaseName("a.rpo"));
    CHECK(explain_policy(loaded, "a.rpo.rpo").rows.size() == 1);
    CHECK(explain_policy(loaded, "a.path").database == DatabaseName("a"));
}

TEST_CASE("wrong names are usage errors with a suggestion", "[policy][explain]") {
    const LoadedPolicy loaded = load_acme();
    const auto database = error_thrown_by([&] { explain_policy(loaded, "order-prod.rpo"); });
    REQUIRE(database);
    CHECK(database->code == ErrorCode::Usage);
    CHECK(database->hint == "Did you mean orders-prod?");
    const auto field = error_thrown_by([&] { explain_policy(loaded, "orders-prod.retension"); });
    REQUIRE(field);
    CHECK(field->hint == "Did you mean retention?");
}

}  // namespace
}  // namespace holdfast
