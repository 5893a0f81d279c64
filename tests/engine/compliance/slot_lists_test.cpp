#include "engine/compliance/slot_lists.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/compliance_fixtures.hpp"

namespace holdfast {
namespace {

TEST_CASE("two years of slots are listed from the beginning of a day", "[compliance]") {
    SlotLists slots(TimeZone::require("Europe/Berlin"), kProofDay);
    CHECK(slots.begin() == utc("2026-11-23T23:00:00Z"));
    CHECK(slots.end() == utc("2028-11-23T23:00:00Z"));
    CHECK(slots.of(CronSpec{"0 2 * * *"}).size() == 731);
    CHECK(slots.of(ContinuousSpec{}).empty());
    CHECK(schedule_text(EverySpec{span("90m")}) == "every 1h30m");
}

TEST_CASE("a cron line pauses for the hour that comes twice", "[compliance]") {
    SlotLists slots(TimeZone::require("Europe/Berlin"), kProofDay);
    const BackupRule quarterly = cron(BackupKind::Log, "*/15 * * * *", "1m", "1m");
    const BackupRule by_cron = every(BackupKind::Log, "15m", "1m", "1m");
    CHECK(slots.longest(std::vector{&quarterly}, 0)->between == span("75m"));
    CHECK(slots.longest(std::vector{&by_cron}, 0)->between == span("15m"));
}

TEST_CASE("where two kinds share a slot the quicker one ends the wait", "[compliance]") {
    SlotLists slots(TimeZone::utc(), kProofDay);
    const BackupRule slow = cron(BackupKind::Full, "0 2 * * *", "30m", "5h"), quick = cron(BackupKind::Incremental, "0 2 * * *", "30m", "1h");
    CHECK(slots.longest(std::vector{&slow, &quick}, 0)->total() == span("25h30m"));
}

}  // namespace
}  // namespace holdfast
