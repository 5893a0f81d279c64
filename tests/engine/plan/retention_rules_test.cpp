#include "engine/plan/retention_rules.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {

TEST_CASE("a set of reasons lists them in their order", "[plan][retention]") {
    KeepReasons reasons;
    CHECK(reasons.empty());
    CHECK(reasons.list().empty());
    reasons.add(KeepReason::ClockMovedBack);
    reasons.add(KeepReason::Pinned);
    reasons.add(KeepReason::Pinned);
    CHECK(reasons.has(KeepReason::Pinned));
    CHECK_FALSE(reasons.has(KeepReason::Daily));
    CHECK(reasons.list() == std::vector{KeepReason::Pinned, KeepReason::ClockMovedBack});
}

TEST_CASE("reasons that are there before stay", "[plan][retention]") {
    RetentionCandidate old{.instant = utc("2020-01-01T00:00:00Z"), .kind = BackupKind::Full, .damaged = false, .reasons = {}};
    old.reasons.add(KeepReason::InUse);
    std::vector points{old, RetentionCandidate{.instant = utc("2026-01-01T00:00:00Z"), .kind = BackupKind::Full, .damaged = false, .reasons = {}}};
    RetentionRule rule;
    rule.daily = parse_period("7d");
    apply_retention(rule, TimeZone::utc(), points, utc("2026-01-02T00:00:00Z"));
    CHECK(points[0].reasons.list() == std::vector{KeepReason::InUse});
    CHECK(points[1].reasons.has(KeepReason::Daily));
    apply_retention(rule, TimeZone::utc(), {}, utc("2026-01-02T00:00:00Z"));
}

TEST_CASE("the day of an hour that comes twice is one day", "[plan][retention][dst]") {
    // Both 02:30 of 25 October 2026 in Berlin, and the evening before.
    std::vector<RetentionCandidate> points;
    for (const char* at : {"2026-10-24T21:59:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"})
        points.push_back({.instant = utc(at), .kind = BackupKind::Full, .damaged = false, .reasons = {}});
    RetentionRule rule;
    rule.daily = parse_period("7d");
    apply_retention(rule, TimeZone::require("Europe/Berlin"), points, utc("2026-10-25T12:00:00Z"));
    CHECK(points[0].reasons.has(KeepReason::Daily));
    CHECK(points[1].reasons.empty());
    CHECK(points[2].reasons.has(KeepReason::Daily));
}

}  // namespace holdfast
