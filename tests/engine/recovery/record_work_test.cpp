#include "engine/recovery/record_work.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE_METHOD(InstallationFixture, "work is written down with what it moved and how long it took", "[recovery][measurements]") {
    const Installation here = installation();
    const Duration began = clock.steady();
    clock.advance(90s);
    record_work(here, {WorkKind::Restore, DatabaseName("orders"), EngineKind::Sqlite, StoreName("local"), 7'000'000}, began);
    record_work(here, {WorkKind::Restore, DatabaseName("orders"), EngineKind::Sqlite, StoreName("local"), 0}, began);
    record_work(here, {WorkKind::Restore, DatabaseName("orders"), EngineKind::Sqlite, StoreName("local"), 5}, clock.steady());
    const auto found = catalog->measurements({WorkKind::Restore}, clock.now() - 1h, clock.now());
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Measurement{.at = clock.now(), .kind = WorkKind::Restore, .database = DatabaseName("orders"), .engine = EngineKind::Sqlite,
                                  .store = StoreName("local"), .host = "test", .bytes = 7'000'000, .took = 90s});
    CHECK(found[1].took == 1ms);
}

TEST_CASE("what a copy takes is that of its file, or of all files in its folder", "[recovery][measurements]") {
    const TemporaryFolder folder;
    fs::create_directories(folder / "data/base");
    std::ofstream(folder / "data/a") << "1234";
    std::ofstream(folder / "data/base/b") << "12";
    const auto place = [&](const char* name) { return Place{DatabaseName("orders"), EngineKind::Sqlite, (folder / name).string(), true}; };
    CHECK(bytes_at(place("data")) == 6);
    CHECK(bytes_at(place("data/a")) == 4);
    CHECK(bytes_at(place("nothing")) == 0);
}
