#include "engine/plan/retention.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

const Instant kNow = utc("2026-11-20T12:00:00Z");
TimeZone berlin() { return TimeZone::require("Europe/Berlin"); }

RetentionRule rule_of(std::string_view daily, std::string_view weekly = "", std::string_view monthly = "", int at_least = 1) {
    RetentionRule rule;
    rule.daily = parse_period(daily);
    rule.weekly = parse_period(weekly);
    rule.monthly = parse_period(monthly);
    rule.at_least = at_least;
    return rule;
}
// A point at an instant, its id the instant.
RecoveryPoint taken(const std::string& at) { return point_at(at, at.size() == 10 ? at + "T02:00:00Z" : at); }
RecoveryPoint damaged(const std::string& at) {
    RecoveryPoint point = taken(at);
    point.soundness = Soundness::Damaged;
    return point;
}
// The ids that stay, newest first.
std::vector<std::string> kept(const RetentionRule& rule, const std::vector<RecoveryPoint>& points, Instant now = kNow, const RetentionContext& context = {}) {
    std::vector<std::string> ids;
    for (const RetentionVerdict& verdict : decide_retention(rule, berlin(), points, now, context)) {
        if (verdict.keep()) ids.push_back(verdict.point.str());
    }
    return ids;
}
std::vector<KeepReason> reasons_of(const RetentionRule& rule, const std::vector<RecoveryPoint>& points, const std::string& id, const RetentionContext& context = {}) {
    for (const RetentionVerdict& verdict : decide_retention(rule, berlin(), points, kNow, context)) {
        if (verdict.point.str() == id) return verdict.reasons;
    }
    return {};
}
using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("one point a day is kept for as long as the rule covers", "[plan][retention]") {
    CHECK(kept(rule_of("3d"), {taken("2026-11-20"), taken("2026-11-19"), taken("2026-11-18"), taken("2026-11-17"), taken("2026-11-16")}) ==
          Ids{"2026-11-20", "2026-11-19", "2026-11-18"});
}

TEST_CASE("of a day the newest point is kept", "[plan][retention]") {
    CHECK(kept(rule_of("30d"), {taken("2026-11-20T02:00:00Z"), taken("2026-11-19T02:00:00Z"), taken("2026-11-19T20:00:00Z")}) ==
          Ids{"2026-11-20T02:00:00Z", "2026-11-19T20:00:00Z"});
}

TEST_CASE("a day is the zone's day", "[plan][retention]") {
    // In Berlin, 23:30 UTC belongs to the next day.
    CHECK(kept(rule_of("30d"), {taken("2026-11-18T22:30:00Z"), taken("2026-11-18T23:30:00Z"), taken("2026-11-19T02:00:00Z"), taken("2026-11-20T02:00:00Z")}) ==
          Ids{"2026-11-20T02:00:00Z", "2026-11-19T02:00:00Z", "2026-11-18T22:30:00Z"});
}

TEST_CASE("a week begins on Monday", "[plan][retention]") {
    // 15 November 2026 is a Sunday, 16 November a Monday.
    CHECK(kept(rule_of("", "30d"), {taken("2026-11-16"), taken("2026-11-15"), taken("2026-11-14"), taken("2026-11-08")}) ==
          Ids{"2026-11-16", "2026-11-15", "2026-11-08"});
}

TEST_CASE("the week around New Year is one week", "[plan][retention]") {
    const Instant now = utc("2027-01-08T12:00:00Z");
    CHECK(kept(rule_of("", "30d"), {taken("2027-01-04"), taken("2027-01-03"), taken("2026-12-31"), taken("2026-12-28")}, now) == Ids{"2027-01-04", "2027-01-03"});
}

TEST_CASE("months are calendar months", "[plan][retention]") {
    CHECK(kept(rule_of("", "", "3mo"), {taken("2026-11-20"), taken("2026-10-31"), taken("2026-10-01"), taken("2026-09-30"), taken("2026-08-21"), taken("2026-08-19")}) ==
          Ids{"2026-11-20", "2026-10-31", "2026-09-30", "2026-08-21"});
}

TEST_CASE("every reason that applies is given", "[plan][retention]") {
    const std::vector points{taken("2026-11-20"), taken("2026-11-19")};
    CHECK(reasons_of(rule_of("30d", "3mo", "12mo", 1), points, "2026-11-20") ==
          std::vector{KeepReason::AtLeast, KeepReason::Daily, KeepReason::Weekly, KeepReason::Monthly, KeepReason::Newest});
    CHECK(reasons_of(rule_of("30d", "3mo", "12mo", 1), points, "2026-11-19") == std::vector{KeepReason::Daily});
}

TEST_CASE("at least so many sound points stay, whatever their age", "[plan][retention]") {
    const std::vector points{taken("2025-01-03"), taken("2025-01-02"), taken("2025-01-01")};
    CHECK(kept(rule_of("1d", "", "", 2), points) == Ids{"2025-01-03", "2025-01-02"});
    CHECK(kept(rule_of("1d", "", "", 5), points).size() == 3);
    CHECK(kept(rule_of("1d", "", "", 0), points) == Ids{"2025-01-03"});
    CHECK(kept(rule_of("1d", "", "", -7), points) == Ids{"2025-01-03"});
}

TEST_CASE("a damaged point takes nobody's place", "[plan][retention]") {
    const std::vector points{damaged("2026-11-20T04:00:00Z"), taken("2026-11-20T02:00:00Z"), damaged("2026-11-19T04:00:00Z"), taken("2026-11-19T02:00:00Z")};
    CHECK(kept(rule_of("30d", "", "", 2), points) == Ids{"2026-11-20T04:00:00Z", "2026-11-20T02:00:00Z", "2026-11-19T02:00:00Z"});
    CHECK(reasons_of(rule_of("30d"), points, "2026-11-20T04:00:00Z") == std::vector{KeepReason::LastResort});
}

TEST_CASE("damaged points stay where there is nothing else", "[plan][retention]") {
    CHECK(kept(rule_of("1d"), {damaged("2026-01-02"), damaged("2026-01-01")}).size() == 2);
}

TEST_CASE("any second keeps the window and what it starts from", "[plan][retention]") {
    RetentionRule rule;
    rule.any_second = parse_period("2d");
    CHECK(kept(rule, {taken("2026-11-20"), taken("2026-11-19"), taken("2026-11-18"), taken("2026-11-17"), taken("2026-11-16")}) ==
          Ids{"2026-11-20", "2026-11-19", "2026-11-18"});
    CHECK(kept(rule, {taken("2026-11-20"), damaged("2026-11-18"), taken("2026-11-17")}) == Ids{"2026-11-20", "2026-11-17"});
}

TEST_CASE("logs are kept from the state on which they are replayed", "[plan][retention]") {
    RetentionRule rule = rule_of("30d");
    rule.any_second = parse_period("1d");
    const auto log = [](const std::string& at) { return point_at(at, at, BackupKind::Log); };
    const std::vector points{log("2026-11-20T03:00:00Z"), taken("2026-11-20T02:00:00Z"), log("2026-11-19T03:00:00Z"), taken("2026-11-19T02:00:00Z"), log("2026-11-18T03:00:00Z")};
    CHECK(kept(rule, points) == Ids{"2026-11-20T03:00:00Z", "2026-11-20T02:00:00Z", "2026-11-19T03:00:00Z", "2026-11-19T02:00:00Z"});
    CHECK(kept(rule_of("30d"), points) == Ids{"2026-11-20T03:00:00Z", "2026-11-20T02:00:00Z", "2026-11-19T02:00:00Z"});
}

TEST_CASE("a logical copy does not take a physical point's place", "[plan][retention]") {
    RecoveryPoint dump = taken("2026-11-20T04:00:00Z");
    dump.kind = BackupKind::Logical;
    CHECK(kept(rule_of("30d"), {dump, taken("2026-11-20T02:00:00Z")}).size() == 2);
}

TEST_CASE("pins and promised times hold a point", "[plan][retention]") {
    RecoveryPoint pinned = taken("2026-01-01"), promised = taken("2026-01-02"), over = taken("2026-01-03");
    pinned.pinned = true;
    promised.keep_until = utc("2026-11-21T00:00:00Z");
    over.keep_until = utc("2026-11-19T00:00:00Z");
    const std::vector points{taken("2026-11-20"), over, promised, pinned};
    CHECK(kept(rule_of("7d"), points) == Ids{"2026-11-20", "2026-01-02", "2026-01-01"});
    CHECK(reasons_of(rule_of("7d"), points, "2026-01-02") == std::vector{KeepReason::KeepUntil});
    CHECK(reasons_of(rule_of("7d"), points, "2026-01-01") == std::vector{KeepReason::Pinned});
}

TEST_CASE("a point that a store still lacks, or that is in use, is held", "[plan][retention]") {
    RecoveryPoint both = taken("2026-11-02");
    both.copies.push_back(StoreName("offsite"));
    const std::vector points{taken("2026-11-20"), taken("2026-11-03"), both, taken("2026-11-01")};
    const RetentionContext context{.copies = {StoreName("local"), StoreName("offsite")}, .in_use = {PointId("2026-11-02")}};
    CHECK(reasons_of(rule_of("1d"), points, "2026-11-03", context) == std::vector{KeepReason::NotYetCopied});
    CHECK(reasons_of(rule_of("1d"), points, "2026-11-02", context) == std::vector{KeepReason::InUse});
    CHECK(kept(rule_of("1d"), points) == Ids{"2026-11-20"});
}

TEST_CASE("an empty rule keeps everything", "[plan][retention]") {
    RetentionRule empty;
    CHECK(kept(empty, {taken("2026-11-20"), taken("2020-01-01"), damaged("2019-01-01")}).size() == 3);
    CHECK(reasons_of(empty, {taken("2026-11-20"), taken("2020-01-01")}, "2020-01-01") == std::vector{KeepReason::EmptyRule});
}

TEST_CASE("a clock that moved back expires nothing", "[plan][retention]") {
    CHECK(kept(rule_of("1d"), {taken("2026-11-21"), taken("2026-11-20"), taken("2020-01-01")}).size() == 3);
    CHECK(reasons_of(rule_of("1d"), {taken("2026-11-21"), taken("2020-01-01")}, "2020-01-01") == std::vector{KeepReason::ClockMovedBack});
}

TEST_CASE("verdicts come newest first, whatever the order of the points", "[plan][retention]") {
    const auto verdicts = decide_retention(rule_of("30d"), berlin(), std::vector{taken("2026-11-18"), taken("2026-11-20"), taken("2026-11-19")}, kNow);
    REQUIRE(verdicts.size() == 3);
    CHECK(verdicts[0].point.str() == "2026-11-20");
    CHECK(verdicts[2].point.str() == "2026-11-18");
    CHECK(decide_retention(rule_of("30d"), berlin(), std::vector<RecoveryPoint>{}, kNow).empty());
}

TEST_CASE("random histories never lose what must stay", "[plan][retention]") {
    std::mt19937 random(1);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    const auto maybe = [&](int months, int days) { return pick(0, 1) == 0 ? std::nullopt : std::optional(Period{.months = pick(0, months), .rest = std::chrono::hours(24 * pick(0, days))}); };
    for (int round = 0; round < 300; ++round) {
        const RetentionRule rule{.any_second = maybe(0, 20), .daily = maybe(1, 40), .weekly = maybe(4, 10), .monthly = maybe(24, 0), .at_least = pick(0, 6)};
        std::vector<RecoveryPoint> points;
        for (int i = pick(0, 60); i > 0; --i) {
            RecoveryPoint point = taken(to_rfc3339(kNow - std::chrono::minutes(pick(1, 500'000))));
            point.kind = pick(0, 2) == 0 ? BackupKind::Full : BackupKind::Incremental;
            point.soundness = pick(0, 4) == 0 ? Soundness::Damaged : Soundness::Sound;
            point.pinned = pick(0, 20) == 0;
            points.push_back(point);
        }
        const auto verdicts = decide_retention(rule, berlin(), points, kNow);
        const auto by_id = [&](const PointId& id) { return *std::find_if(points.begin(), points.end(), [&](const RecoveryPoint& point) { return point.id == id; }); };
        int sound = 0, sound_kept = 0;
        for (const RetentionVerdict& verdict : verdicts) {
            const RecoveryPoint point = by_id(verdict.point);
            if (point.pinned) CHECK(verdict.keep());
            if (point.soundness == Soundness::Damaged) continue;
            // The newest at_least are kept, the very newest always.
            if (sound < std::max(rule.at_least, 1)) CHECK(verdict.keep());
            ++sound;
            sound_kept += verdict.keep() ? 1 : 0;
        }
        CHECK(sound_kept >= std::min(sound, std::max(rule.at_least, 1)));

        // Deciding again on what was kept lets nothing more go, and what goes today is not wanted back tomorrow.
        std::vector<RecoveryPoint> stayed;
        for (const RetentionVerdict& verdict : verdicts) {
            if (verdict.keep()) stayed.push_back(by_id(verdict.point));
        }
        for (const RetentionVerdict& verdict : decide_retention(rule, berlin(), stayed, kNow)) CHECK(verdict.keep());
        const auto later = kept(rule, points, kNow + std::chrono::hours(24));
        const auto today = kept(rule, points);
        for (const std::string& id : later) CHECK(std::find(today.begin(), today.end(), id) != today.end());
    }
}

TEST_CASE("a longer rule never keeps less", "[plan][retention]") {
    std::mt19937 random(2);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    for (int round = 0; round < 100; ++round) {
        std::vector<RecoveryPoint> points;
        for (int i = 0; i < 40; ++i) points.push_back(taken(to_rfc3339(kNow - std::chrono::minutes(pick(1, 200'000)))));
        RetentionRule shorter = rule_of(std::to_string(pick(1, 20)) + "d", std::to_string(pick(1, 3)) + "mo");
        RetentionRule longer = shorter;
        longer.daily->rest += std::chrono::hours(24 * pick(0, 30));
        longer.weekly->months += pick(0, 3);
        longer.at_least += pick(0, 3);
        const auto more = kept(longer, points);
        for (const std::string& id : kept(shorter, points)) CHECK(std::find(more.begin(), more.end(), id) != more.end());
    }
}

TEST_CASE("every reason has a sentence, and letting go has one too", "[plan][retention]") {
    const RetentionRule rule = rule_of("30d", "3mo", "12mo", 3);
    for (int i = 0; i <= static_cast<int>(KeepReason::ClockMovedBack); ++i) CHECK_FALSE(explain(static_cast<KeepReason>(i), rule).empty());
    CHECK(explain(KeepReason::Daily, rule) == "it is the newest of its day, and one a day is kept for 30d");
    CHECK(explain(RetentionVerdict{.point = PointId("a"), .reasons = {KeepReason::Pinned, KeepReason::Newest}}, rule) == "it is pinned; it is the newest sound point");
    CHECK(explain(RetentionVerdict{.point = PointId("a"), .reasons = {}}, rule) == "no rule holds it (daily 30d, weekly 3mo, monthly 1y), and at least 3 newer sound points stay");
}

}  // namespace holdfast
