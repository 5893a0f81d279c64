#include "providers/databases/sqlite/readable_database.hpp"

#include <catch2/catch.hpp>

#include "tests/support/damage.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

struct Files {
    TemporaryFolder folder;
    fs::path sound = folder / "sound.db", damaged = folder / "damaged.db";
    Files() {
        make_sample_database(sound, {.wal = false});
        fs::copy_file(sound, damaged);
    }
    ReadableDatabase open() { return ReadableDatabase::open(damaged, sound, folder.path()); }
};

}  // namespace

TEST_CASE("a database that opens is read where it is", "[sqlite][salvage]") {
    Files files;
    ReadableDatabase database = files.open();
    REQUIRE(database.is_open());
    CHECK(database.shapes().size() == 6);
    CHECK_FALSE(fs::exists(files.folder / "mended.db"));
}

TEST_CASE("without its header a private copy is mended, and the damaged file stays as it is", "[sqlite][salvage]") {
    Files files;
    destroy_header(files.damaged);
    const Bytes before = read_file(files.damaged, 1 << 24);
    ReadableDatabase database = files.open();
    REQUIRE(database.is_open());
    CHECK(database.unreadable().size() == 1);
    CHECK((read_file(files.damaged, 1 << 24) == before));
    CHECK((fs::status(files.folder / "mended.db").permissions() & fs::perms::others_read) == fs::perms::none);
}

TEST_CASE("a schema entry that makes no sense hides no other table", "[sqlite][salvage]") {
    Files files;
    Connection::open(files.damaged, OpenMode::ReadWrite).execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'no sense' WHERE name = 'audit_log'");
    ReadableDatabase database = files.open();
    REQUIRE(database.is_open());
    CHECK(std::ranges::any_of(database.shapes(), [](const TableShape& table) { return table.name == "orders"; }));
}
