#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

using List = std::vector<std::string>;

LoadedPolicy with_rules(const std::string& backups, const std::string& retention, const std::string& zone = "UTC") {
    PolicyParts parts;
    parts.policies = "policies:\n  p:\n    backups: { " + backups + " }\n    retention: { " + retention + " }\n";
    parts.databases = "databases: {}\n";
    parts.more = "timezone: " + zone + "\n";
    return load_parts(parts);
}
List ids_with(const std::string& backups, const std::string& retention) { return ids_in(with_rules(backups, retention)); }

const std::string kWeekly = "full: { cron: \"0 2 * * Sun\" }", kDaily = "full: { cron: \"0 2 * * *\" }", kMonthly = "full: { cron: \"0 2 1 * *\" }";
const std::string kChain = "full: { cron: \"0 2 * * Sun\" }, incremental: { cron: \"0 2 * * Mon-Sat\" }", kLog = ", log: { every: 3m }";

TEST_CASE("a daily rule needs a point for each day", "[policy][retention]") {
    CHECK(ids_with(kDaily, "daily: 30d") == List{});
    CHECK(ids_with(kChain, "daily: 30d") == List{});
    CHECK(ids_with("full: { every: 6h }", "daily: 30d") == List{});
    CHECK(ids_with("full: { every: 1d }", "daily: 30d") == List{});
    const LoadedPolicy loaded = with_rules(kWeekly, "daily: 30d");
    REQUIRE(ids_in(loaded) == List{"unreachable-retention"});
    CHECK(loaded.findings.front().message == "`daily: 30d` wants a point for each day, but no two days in a row have a backup");
    CHECK(loaded.findings.front().subject == "p");
    CHECK(loaded.findings.front().place->line == 7);
}

TEST_CASE("weekly and monthly rules are held to their own buckets", "[policy][retention]") {
    CHECK(ids_with(kWeekly, "weekly: 3mo, monthly: 12mo") == List{});
    CHECK(ids_with(kMonthly, "monthly: 12mo") == List{});
    CHECK(ids_with(kMonthly, "weekly: 3mo") == List{"unreachable-retention"});
    CHECK(ids_with("full: { cron: \"0 2 1 1 *\" }", "monthly: 12mo") == List{"unreachable-retention"});
}

TEST_CASE("days without a backup are a warning where others have one", "[policy][retention]") {
    const LoadedPolicy loaded = with_rules("full: { cron: \"0 2 * * Mon-Fri\" }", "daily: 30d");
    REQUIRE(ids_in(loaded) == List{"sparse-retention"});
    CHECK(loaded.usable());
    CHECK(loaded.findings.front().message == "`daily: 30d` wants a point for each day, but within two years 208 days have no backup");
}

TEST_CASE("a schedule that meets a change of clocks still covers each day", "[policy][retention]") {
    CHECK(ids_in(with_rules("full: { cron: \"30 2 * * *\" }", "daily: 30d", "Europe/Berlin")) == List{});
    CHECK(ids_in(with_rules("full: { cron: \"30 2 * * *\" }", "daily: 30d, weekly: 3mo, monthly: 1y", "America/New_York")) == List{});
}

TEST_CASE("any second needs the log", "[policy][retention]") {
    CHECK(ids_with(kChain + kLog, "any_second: 14d") == List{});
    CHECK(ids_with(kChain + ", log: continuous", "any_second: 14d, daily: 30d") == List{});
    CHECK(ids_with(kChain, "any_second: 14d") == List{"unreachable-retention"});
    CHECK(ids_with(kChain + ", log: { every: 1d }", "any_second: 12h") == List{"unreachable-retention"});
}

TEST_CASE("a log that no rule keeps is a warning", "[policy][retention]") { CHECK(ids_with(kChain + kLog, "daily: 30d") == List{"log-not-kept"}); }

TEST_CASE("a rule that covers less than one of its buckets keeps nothing", "[policy][retention]") {
    CHECK(ids_with(kDaily, "daily: 12h") == List{"unreachable-retention"});
    CHECK(ids_with(kDaily, "weekly: 3d") == List{"unreachable-retention"});
    CHECK(ids_with(kDaily, "monthly: 2w") == List{"unreachable-retention"});
    CHECK(ids_with(kDaily, "monthly: 1mo") == List{});
}

TEST_CASE("a number of points that would take decades to fill is unreachable", "[policy][retention]") {
    CHECK(ids_with(kDaily, "daily: 3d, at_least: 365") == List{});
    CHECK(ids_with(kMonthly, "monthly: 1y, at_least: 500") == List{"unreachable-retention"});
    CHECK(ids_with("full: { every: 10m }", "daily: 3d, at_least: 100000") == List{});
}

TEST_CASE("no rule at all keeps everything and says so", "[policy][retention]") {
    CHECK(ids_with(kDaily, "at_least: 3") == List{"keeps-everything"});
}

TEST_CASE("many different schedules end the judging and not the program", "[policy][retention]") {
    PolicyParts parts;
    parts.policies = "policies:\n";
    for (int i = 0; i < 4000; ++i) {
        const std::string minute = std::to_string(i % 60), hour = std::to_string(i / 60 % 24), start = std::to_string(i / 1440);
        parts.policies += "  p" + std::to_string(i) + ": { backups: { full: { cron: \"" + minute + " " + hour + "-23 * * " + start + "-6\" } }, retention: { daily: 30d } }\n";
    }
    parts.databases = "databases: {}\n";
    const LoadedPolicy loaded = load_parts(parts);
    CHECK(loaded.usable());
    CHECK(ids_in(loaded) == List{"not-judged"});
}

}  // namespace
}  // namespace holdfast
