#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

namespace {

// The points' ids as the table shows them, newest first.
std::vector<std::string> listed_points(CommandFixture& fixture) {
    std::vector<std::string> ids;
    for (const std::string& line : split(fixture.run({"catalog", "list"}).out, '\n')) {
        if (line.size() > 26 && line[26] == ' ' && line.find(' ') == 26) ids.push_back(line.substr(0, 26));
    }
    return ids;
}

}  // namespace

TEST_CASE_METHOD(CommandFixture, "a backup by hand appears in the list and can be shown", "[cli]") {
    set_up();
    CHECK(run({"catalog", "list"}).says("There is no recovery point yet."));
    const Ran made = run({"backup", "now", "orders", "--why", "before the move", "--keep", "30d"});
    INFO(made.err);
    REQUIRE(made.status == 0);
    CHECK(made.says("full backup of "));
    const auto points = listed_points(*this);
    REQUIRE(points.size() == 1);
    const Ran shown = run({"catalog", "show", points[0].substr(0, 12)});
    CHECK(shown.status == 0);
    CHECK(shown.says("before the move"));
    CHECK(shown.says("until 2026-12-20 13:00:00 CET"));
    CHECK(shown.says("none: made by hand or by a runbook"));
    CHECK(run({"catalog", "list", "--format", "json"}).says("\"id\": \"" + points[0] + "\""));
    CHECK(run({"catalog", "show", "zzzz"}).status != 0);
}

TEST_CASE_METHOD(CommandFixture, "a backup can be asked to be of one kind", "[cli]") {
    set_up();
    CHECK(run({"backup", "now", "orders", "--full", "--incremental"}).status == 64);
    REQUIRE(run({"backup", "now", "orders", "--full"}).status == 0);
    clock.advance(std::chrono::minutes(1));
    CHECK(run({"backup", "now", "orders", "--incremental"}).says("incremental backup of "));
    CHECK(run({"backup", "now", "order"}).complains("orders"));
    CHECK(run({"backup", "now", "orders", "--keep", "30"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "verify reads everything back and finds a flipped bit", "[cli]") {
    set_up();
    CHECK(run({"catalog", "verify"}).status == 0);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran sound = run({"catalog", "verify"});
    CHECK(sound.status == 0);
    CHECK(sound.says("sound:"));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "backups/packs")) {
        if (!entry.is_regular_file()) continue;
        std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
        std::fstream pack(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        pack.seekg(100);
        const char was = static_cast<char>(pack.get());
        pack.seekp(100);
        pack.put(static_cast<char>(was ^ 1));
        break;
    }
    const Ran damaged = run({"catalog", "verify"});
    CHECK(damaged.status == 1);
    CHECK(damaged.says("damaged:"));
    CHECK(damaged.says("touches "));
    CHECK(run({"catalog", "verify", "--sample", "5"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "a pin keeps a point and unpin lets it go", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const std::string point = listed_points(*this).at(0);
    CHECK(run({"catalog", "pin", point}).says("is kept until it is unpinned"));
    CHECK(run({"catalog", "list"}).says("pinned"));
    CHECK(run({"catalog", "pin", point, "--keep", "10d"}).says("is kept until 2026-11-30"));
    CHECK(run({"catalog", "unpin", point}).status == 0);
    CHECK_FALSE(run({"catalog", "list"}).says("until"));
}

TEST_CASE_METHOD(CommandFixture, "a lost catalog is made again from the store", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const auto before = listed_points(*this);
    std::filesystem::remove_all(folder / ".holdfast");
    CHECK(listed_points(*this).empty());
    const Ran rebuilt = run({"catalog", "rebuild"});
    CHECK(rebuilt.status == 0);
    CHECK(rebuilt.says("1 point, 1 of them new to the catalog"));
    CHECK(listed_points(*this) == before);
}

TEST_CASE_METHOD(CommandFixture, "expire shows its reasons, asks, and then removes", "[cli]") {
    set_up();
    for (int day = 0; day < 5; ++day) {
        REQUIRE(run({"backup", "now", "orders"}).status == 0);
        clock.advance(std::chrono::hours(2));
    }
    const Ran dry = run({"expire", "--dry-run"});
    CHECK(dry.status == 0);
    CHECK(dry.says("2 points would expire, 3 would stay."));
    const Ran nobody = run({"expire"});
    CHECK(nobody.status == 77);
    CHECK(nobody.complains("add --yes"));
    somebody_there = true;
    answers = {"no"};
    CHECK(run({"expire"}).status == 75);
    CHECK(listed_points(*this).size() == 5);
    answers = {"y"};
    const Ran done = run({"expire"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(done.says("2 points expired"));
    CHECK(listed_points(*this).size() == 3);
}
