#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

std::vector<std::string> ids_with(const std::string& lines) {
    PolicyParts parts;
    parts.databases = "databases:\n" + lines;
    return ids_in(load_parts(parts));
}

TEST_CASE("each engine is reached in its own way", "[policy][databases]") {
    using List = std::vector<std::string>;
    CHECK(ids_with("  a: { engine: sqlite, environment: main, policy: daily, path: /a }\n") == List{});
    CHECK(ids_with("  a: { engine: postgres, environment: main, policy: daily, connection: \"service=a\" }\n") == List{});
    CHECK(ids_with("  a: { engine: sqlite, environment: main, policy: daily }\n") == List{"missing-key"});
    CHECK(ids_with("  a: { engine: sqlserver, environment: main, policy: daily, connection: \"env:A\", path: /a }\n") == List{"conflicting-keys"});
}

TEST_CASE("two names for one database are a warning", "[policy][databases]") {
    PolicyParts parts;
    parts.databases = "databases:\n  a: { engine: sqlite, environment: main, policy: daily, path: /srv/a.db }\n  b: { engine: sqlite, environment: main, policy: daily, path: /srv/x/../a.db }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().id == "same-database");
    CHECK(loaded.findings.front().severity == Severity::Warning);
    CHECK(loaded.usable());
}

}  // namespace
}  // namespace holdfast
