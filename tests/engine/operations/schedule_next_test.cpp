#include "engine/operations/schedule_next.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/operations/local_time.hpp"
#include "engine/operations/read_policy.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "the next slots come soonest first", "[operations]") {
    const auto slots = next_slots(place().policy(), std::nullopt, clock.now(), 8);
    REQUIRE(slots.size() == 8);
    CHECK(slots.front().at == parse_rfc3339("2026-11-21T01:00:00Z"));
    CHECK(std::is_sorted(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) { return a.at < b.at; }));
    CHECK(next_slots(place().policy(), DatabaseName("other"), clock.now(), 8).empty());
}

TEST_CASE("a cron line is told in words with its next runs", "[operations]") {
    const CronMeaning meaning = explain_cron("0 2 * * Sun", "Europe/Berlin", parse_rfc3339("2026-11-20T12:00:00Z").value(), 2);
    CHECK(meaning.next == std::vector<Instant>{parse_rfc3339("2026-11-22T01:00:00Z").value(), parse_rfc3339("2026-11-29T01:00:00Z").value()});
    CHECK_FALSE(meaning.words.empty());
    CHECK_THROWS_AS(explain_cron("0 2 * *", "UTC", Instant{}, 1), Error);
}

TEST_CASE("instants are read and told in one zone", "[operations]") {
    const LocalTimes times("Europe/Berlin");
    const Instant now = parse_rfc3339("2026-11-20T12:00:00Z").value();
    CHECK(times.read("2026-11-20 14:05", now) == parse_rfc3339("2026-11-20T13:05:00Z"));
    CHECK(times.read("20m ago", now) == now - std::chrono::minutes(20));
    CHECK(times.text(now) == "2026-11-20 13:00:00 CET");
    CHECK(times.text_with_utc(now) == "2026-11-20 13:00:00 CET (2026-11-20T12:00:00Z)");
}

TEST_CASE_METHOD(WorkplaceFixture, "a value of the policy is explained", "[operations]") {
    const Built program = built();
    const Explanation explanation = explain_value(require_policy(program, folder / "policies"), "orders.rpo");
    REQUIRE(explanation.rows.size() == 1);
    CHECK(explanation.rows[0].value == "26h");
    CHECK(schema_text().find("2020-12") != std::string::npos);
}
