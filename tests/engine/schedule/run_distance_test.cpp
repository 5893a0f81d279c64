#include "engine/schedule/run_distance.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

// Slots at these minutes, each done `latency` minutes later.
std::vector<TimedRun> runs_at(const std::vector<int>& minutes, int latency = 1) {
    std::vector<TimedRun> runs;
    for (const int minute : minutes) runs.push_back({Instant(std::chrono::minutes(minute)), Instant(std::chrono::minutes(minute + latency))});
    return runs;
}

TEST_CASE("the longest distance names both of its slots", "[schedule]") {
    const auto distance = longest_distance(runs_at({0, 10, 30, 40, 50}), 0);
    REQUIRE(distance);
    CHECK(distance->between == std::chrono::minutes(20));
    CHECK(distance->latency == std::chrono::minutes(1));
    CHECK(distance->from == Instant(std::chrono::minutes(10)));
    CHECK(distance->until == Instant(std::chrono::minutes(30)));
    CHECK(longest_distance(runs_at({0, 10, 30, 40, 50}), 1)->from == Instant(std::chrono::minutes(0)));
}

TEST_CASE("of equal distances the earliest is named, and too few runs have none", "[schedule]") {
    CHECK(longest_distance(runs_at({0, 10, 20, 30}), 0)->from == Instant(std::chrono::minutes(0)));
    CHECK_FALSE(longest_distance(runs_at({0}), 0));
    CHECK_FALSE(longest_distance(runs_at({0, 10}), 1));
}

}  // namespace
}  // namespace holdfast
