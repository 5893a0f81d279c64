#include "engine/catalog/catalog.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/catalog/schema.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

ErrorCode code_of_opening(const fs::path& file) {
    const ManualClock clock("2026-11-20T12:00:00Z");
    try {
        Catalog::open(file, clock);
    } catch (const Error& error) {
        return error.code;
    }
    return ErrorCode::Internal;
}

}  // namespace

TEST_CASE("a catalog that is opened again has what was put into it", "[catalog]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    const RecoveryPoint point = point_of("01a", "2026-11-20T11:00:00Z");
    Catalog::open(folder / "catalog.db", clock)->put_point(point);
    CHECK(Catalog::open(folder / "catalog.db", clock)->points(std::nullopt) == std::vector{point});
}

TEST_CASE("a catalog can be read by its owner alone", "[catalog]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    const auto catalog = Catalog::open(folder / "state" / "catalog.db", clock);
    catalog->audit("backup", "orders", "");
    for (const char* name : {"catalog.db", "catalog.db-wal", "audit.head"}) {
        struct stat status {};
        REQUIRE(::stat((folder.path() / "state" / name).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
}

TEST_CASE("a catalog that a newer version has written is refused", "[catalog]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    Catalog::open(folder / "catalog.db", clock);
    Connection::open_own(folder / "catalog.db").execute("PRAGMA user_version = 99");
    CHECK(code_of_opening(folder / "catalog.db") == ErrorCode::Unavailable);
}

TEST_CASE("somebody else's database is not turned into a catalog", "[catalog]") {
    const TemporaryFolder folder;
    Connection::open_own(folder / "catalog.db").execute("CREATE TABLE items (id INTEGER)");
    CHECK(code_of_opening(folder / "catalog.db") == ErrorCode::NotADatabase);
    CHECK(Connection::open_own(folder / "catalog.db").integer("SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("several threads may open a new catalog at once", "[catalog]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    std::atomic<int> opened{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&] {
                Catalog::open(folder / "catalog.db", clock)->points(std::nullopt);
                ++opened;
            });
        }
    }
    CHECK(opened == 6);
}

TEST_CASE("the catalog remembers when something was done last", "[catalog]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    const auto catalog = Catalog::open(folder / "catalog.db", clock);
    CHECK_FALSE(catalog->last_done("collect local"));
    catalog->set_last_done("collect local", clock.now());
    catalog->set_last_done("collect local", clock.now() + Duration(5));
    CHECK(catalog->last_done("collect local") == clock.now() + Duration(5));
}
