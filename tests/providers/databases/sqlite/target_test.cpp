#include "providers/databases/sqlite/target.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a new path needs no guard and an old one is not replaced unasked", "[sqlite][target]") {
    const TemporaryFolder folder;
    CHECK(guard_database_file(folder / "new.db", false) == nullptr);
    write_file_durably(folder / "old.db", as_bytes("something"));
    CHECK(code_thrown_by([&] { guard_database_file(folder / "old.db", false); }) == ErrorCode::AlreadyExists);
    CHECK(code_thrown_by([&] { guard_database_file(folder.path(), true); }) == ErrorCode::AlreadyExists);
}

TEST_CASE("a file that another process has open is in use even when it is idle", "[sqlite][target]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    const bool wal = GENERATE(true, false);
    make_sample_database(path, {.wal = wal});
    std::optional<Connection> connection;
    OtherProcess process([&](unsigned) {
        if (connection) return;
        connection.emplace(Connection::open(path, OpenMode::ReadWrite));
        connection->integer("SELECT count(*) FROM orders");
    });
    process.wait_for_rounds(1);
    const auto error = error_thrown_by([&] { guard_database_file(path, true); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Busy);
    CHECK_THAT(error->message, Catch::Contains("in use by process"));
}

TEST_CASE("nobody can use a guarded file, also after this process has closed it once", "[sqlite][target]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path, {.wal = GENERATE(true, false)});
    OtherProcess process([&](unsigned) {
        if (!fs::exists(folder / "go") || fs::exists(folder / "done")) return;
        Connection connection = Connection::open(path, OpenMode::ReadWrite, Duration(1));
        const auto code = code_thrown_by([&] { connection.integer("SELECT count(*) FROM orders"); });
        write_file_durably(folder / "done", as_bytes(code == ErrorCode::Busy ? "kept out" : "came in"));
    });
    {
        const auto guard = guard_database_file(path, true);
        { const File closed_again = File::open(path, File::Mode::ReadWrite); }
        write_file_durably(folder / "go", {});
        while (!fs::exists(folder / "done")) process.wait_for_rounds(1);
    }
    CHECK(read_text_file(folder / "done", 100) == "kept out");
    CHECK(process.stop());
    CHECK(Connection::open(path, OpenMode::ReadWrite).integer("SELECT count(*) FROM orders") == 200);
}

TEST_CASE("what an earlier database left beside the file is removed", "[sqlite][target]") {
    const TemporaryFolder folder;
    for (const char* name : {"a.db", "a.db-wal", "a.db-shm", "a.db-journal", "b.db-wal"}) write_file_durably(folder / name, as_bytes("x"));
    finish_restored_file(folder / "a.db");
    CHECK(fs::exists(folder / "a.db"));
    CHECK(fs::exists(folder / "b.db-wal"));
    for (const char* name : {"a.db-wal", "a.db-shm", "a.db-journal"}) CHECK_FALSE(fs::exists(folder / name));
}

TEST_CASE("a dropped copy goes with its side files and its private folder", "[sqlite][target]") {
    const TemporaryFolder folder;
    make_private_folders(folder / "run");
    for (const char* name : {"run/a.db", "run/a.db-wal", "run/a.db-shm"}) write_file_durably(folder / name, as_bytes("x"));
    const Place copy{DatabaseName("a"), EngineKind::Sqlite, (folder / "run/a.db").string(), true};
    SqliteProvider().drop_copy(copy);
    CHECK_FALSE(fs::exists(folder / "run"));
    SqliteProvider().drop_copy(copy);   // Gone already: fine.
}

TEST_CASE("a folder with other things in it stays", "[sqlite][target]") {
    const TemporaryFolder folder;
    make_private_folders(folder / "run");
    for (const char* name : {"run/a.db", "run/other"}) write_file_durably(folder / name, as_bytes("x"));
    drop_restored_file(folder / "run/a.db");
    CHECK(fs::exists(folder / "run/other"));
    CHECK_FALSE(fs::exists(folder / "run/a.db"));
}

TEST_CASE("a live database is never dropped", "[sqlite][target]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    const Place live{DatabaseName("shop"), EngineKind::Sqlite, (folder / "shop.db").string(), false};
    CHECK(code_thrown_by([&] { SqliteProvider().drop_copy(live); }) == ErrorCode::NotPermitted);
    CHECK(fs::exists(folder / "shop.db"));
}
