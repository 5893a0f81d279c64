#include "engine/compliance/rates.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "tests/engine/compliance/compliance_fixtures.hpp"

using namespace holdfast;

namespace {

Measurement took(std::string_view time, std::uint64_t bytes = 1'000'000'000, WorkKind kind = WorkKind::Restore) {
    return {.at = kProofDay, .kind = kind, .database = DatabaseName("orders"), .engine = EngineKind::Sqlite, .store = StoreName("local"), .host = "db1", .bytes = bytes, .took = span(time)};
}

}  // namespace

TEST_CASE("of twenty measurements the third slowest counts, and the middle one is usual", "[compliance][rto]") {
    std::vector<Measurement> all;
    for (int seconds = 1; seconds <= 20; ++seconds) all.push_back(took(fmt::format("{}s", seconds)));
    Rates rates(all, "db1");
    const auto rate = rates.of(WorkKind::Restore, EngineKind::Sqlite, StoreName("local"), 1'000'000'000);
    REQUIRE(rate);
    CHECK(rate->slow == Approx(1e9 / 19));
    CHECK(rate->usual == Approx(1e9 / 11));
    CHECK(rate->measurements == 20);
}

TEST_CASE("of few measurements the slowest counts", "[compliance][rto]") {
    const std::vector<Measurement> all{took("10s"), took("40s"), took("20s")};
    Rates rates(all, "db1");
    CHECK(rates.of(WorkKind::Restore, EngineKind::Sqlite, StoreName("local"), 1)->slow == Approx(1e9 / 40));
}

TEST_CASE("rates of another host, engine, store or kind of work say nothing", "[compliance][rto]") {
    const std::vector<Measurement> all{took("10s"), took("20s", 1'000'000'000, WorkKind::Check)};
    Rates rates(all, "db1"), others(all, "db2");
    const auto known = [](Rates& of, WorkKind kind, EngineKind engine, const char* store) { return of.of(kind, engine, StoreName(store), 1000).has_value(); };
    CHECK(known(rates, WorkKind::Restore, EngineKind::Sqlite, "local"));
    CHECK_FALSE(known(others, WorkKind::Restore, EngineKind::Sqlite, "local"));
    CHECK_FALSE(known(rates, WorkKind::Restore, EngineKind::Postgres, "local"));
    CHECK_FALSE(known(rates, WorkKind::Restore, EngineKind::Sqlite, "offsite"));
    CHECK_FALSE(known(rates, WorkKind::Replay, EngineKind::Sqlite, "local"));
    CHECK(known(rates, WorkKind::Check, EngineKind::Sqlite, "offsite"));
}

TEST_CASE("small work says little about large work, unless there is nothing else", "[compliance][rto]") {
    std::vector<Measurement> all{took("1s", 1000)};
    {
        Rates rates(all, "db1");
        CHECK(rates.of(WorkKind::Restore, EngineKind::Sqlite, StoreName("local"), 1'000'000'000)->slow == Approx(1000));
    }
    all.push_back(took("10s", 500'000'000));
    Rates rates(all, "db1");
    CHECK(rates.of(WorkKind::Restore, EngineKind::Sqlite, StoreName("local"), 1'000'000'000)->slow == Approx(5e7));
    CHECK(rates.of(WorkKind::Restore, EngineKind::Sqlite, StoreName("local"), 2000)->measurements == 2);
}
