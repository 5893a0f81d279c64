#include "providers/databases/sqlite/lost_log.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

// Copies of the files of a database with a log, as a machine that lost power leaves them.
void crash_to(const fs::path& from, const fs::path& to) {
    for (const char* side : {"", "-wal", "-shm"}) fs::copy_file(from.string() + side, to.string() + side, fs::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("a log that is gone or cut short shows in the shared memory", "[sqlite][lost_log]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "live.db");
    Connection live = Connection::open(folder / "live.db", OpenMode::ReadWrite);
    live.execute("PRAGMA wal_autocheckpoint=0; UPDATE customers SET name = name || '!'");
    crash_to(folder / "live.db", folder / "shop.db");
    CHECK_FALSE(lost_log_of(folder / "shop.db"));
    fs::resize_file(folder / "shop.db-wal", 32 + 24 + 4096);
    CHECK(lost_log_of(folder / "shop.db").value_or("").find("is cut short") != std::string::npos);
    fs::remove(folder / "shop.db-wal");
    CHECK(lost_log_of(folder / "shop.db").value_or("").find("is gone") != std::string::npos);
    fs::remove(folder / "shop.db-shm");
    CHECK_FALSE(lost_log_of(folder / "shop.db"));   // Nothing is left that could tell.
}

TEST_CASE("a log whose pages are all in the file is no loss", "[sqlite][lost_log]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "live.db");
    Connection live = Connection::open(folder / "live.db", OpenMode::ReadWrite);
    live.execute("UPDATE customers SET name = name || '!'; PRAGMA wal_checkpoint(FULL)");
    crash_to(folder / "live.db", folder / "shop.db");
    fs::remove(folder / "shop.db-wal");
    CHECK_FALSE(lost_log_of(folder / "shop.db"));
}

TEST_CASE("shared memory that makes no sense tells nothing", "[sqlite][lost_log]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.wal = false});
    write_file_durably(folder / "shop.db-shm", as_bytes(std::string(200, '\x01')));
    CHECK_FALSE(lost_log_of(folder / "shop.db"));
    CHECK_FALSE(lost_log_of(folder / "none.db"));
}
