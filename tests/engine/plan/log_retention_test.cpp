#include "engine/plan/log_retention.hpp"

#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"

using namespace holdfast;

namespace {

const Instant kNow = instant_of("2026-11-20T12:00:00Z");

LogWindow window_of(const char* stream, const char* from, const char* until, const char* store = "local") {
    return {.database = DatabaseName("orders"), .stream = LogStreamId(stream), .store = StoreName(store), .base = PointId(std::string("base of ") + stream),
            .from = instant_of(from), .until = instant_of(until), .transactions = 1, .bytes = 1, .precision = {}, .ended = {}};
}

RetentionRule rule_of(const char* any_second) {
    RetentionRule rule;
    rule.daily = parse_period("30d");
    if (any_second != nullptr) rule.any_second = parse_period(any_second);
    return rule;
}

std::vector<std::string> expired(const RetentionRule& rule, const std::vector<LogWindow>& windows, const std::vector<RecoveryPoint>& points) {
    std::vector<std::string> streams;
    for (const LogWindow& window : logs_to_expire(rule, TimeZone::utc(), windows, points, kNow)) streams.push_back(window.stream.str());
    return streams;
}

const std::vector<LogWindow> kThree{window_of("a", "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"), window_of("b", "2026-11-05T00:00:00Z", "2026-11-10T00:00:00Z"),
                                    window_of("c", "2026-11-10T00:00:00Z", "2026-11-20T11:59:00Z")};
const std::vector<RecoveryPoint> kPoints{point_of("01c", "2026-11-10T00:00:00Z"), point_of("01b", "2026-11-05T00:00:00Z"), point_of("01a", "2026-11-01T00:00:00Z")};

}  // namespace

TEST_CASE("a stream goes when all of it is older than what any_second promises", "[plan][log]") {
    CHECK(expired(rule_of("14d"), kThree, kPoints) == std::vector<std::string>{"a"});
    CHECK(expired(rule_of("30d"), kThree, kPoints).empty());
}

TEST_CASE("without any_second older streams go once a newer point stands", "[plan][log]") {
    CHECK(expired(rule_of(nullptr), kThree, kPoints) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("the newest stream of a store never goes", "[plan][log]") {
    const std::vector<LogWindow> one{kThree.front()};
    CHECK(expired(rule_of("1d"), one, kPoints).empty());
    const std::vector<LogWindow> far{kThree.front(), window_of("z", "2026-11-19T00:00:00Z", "2026-11-19T01:00:00Z", "offsite")};
    CHECK(expired(rule_of("1d"), far, kPoints).empty());
}

TEST_CASE("a stream stays while no sound point in its store is newer", "[plan][log]") {
    std::vector<RecoveryPoint> points{point_of("01c", "2026-11-10T00:00:00Z", {"offsite"})};
    CHECK(expired(rule_of("14d"), kThree, points).empty());
    points.push_back(point_of("01d", "2026-11-11T00:00:00Z"));
    points.back().soundness = Soundness::Damaged;
    CHECK(expired(rule_of("14d"), kThree, points).empty());
}

TEST_CASE("an empty rule and a clock that was moved back keep every stream", "[plan][log]") {
    CHECK(expired(RetentionRule{}, kThree, kPoints).empty());
    std::vector<RecoveryPoint> points = kPoints;
    points.push_back(point_of("01z", "2026-12-24T00:00:00Z"));
    CHECK(expired(rule_of("14d"), kThree, points).empty());
}

TEST_CASE("transactions are folded beyond any_second, or after an hour without it", "[plan][log]") {
    CHECK(fold_logs_before(rule_of("14d"), TimeZone::utc(), kNow) == instant_of("2026-11-06T12:00:00Z"));
    CHECK(fold_logs_before(rule_of(nullptr), TimeZone::utc(), kNow) == instant_of("2026-11-20T11:00:00Z"));
}

TEST_CASE("every stream holds the point that it follows", "[plan][log]") {
    const std::vector<LogWindow> windows{window_of("b", "2026-11-05T00:00:00Z", "2026-11-10T00:00:00Z"), window_of("a", "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"),
                                         window_of("a", "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z", "offsite")};
    CHECK(log_bases(windows) == std::vector{PointId("base of a"), PointId("base of b")});
}
