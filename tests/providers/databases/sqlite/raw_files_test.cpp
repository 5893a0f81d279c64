#include "providers/databases/sqlite/raw_files.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

BackupFacts keep(const fs::path& path, MemoryImage& image) {
    ManualClock clock{"2026-11-20T12:00:00Z"};
    NoProgress progress;
    return keep_raw_files(path, image, {clock, progress, {}});
}

}  // namespace

TEST_CASE("damaged files are kept byte for byte with their log", "[sqlite][raw]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "shop.db", as_bytes("no database at all"));
    write_file_durably(folder / "shop.db-wal", as_bytes("half a log"));
    write_file_durably(folder / "shop.db-shm", as_bytes("shared"));
    write_file_durably(folder / "shop.db-journal", {});
    MemoryImage image;
    const BackupFacts facts = keep(folder / "shop.db", image);
    CHECK(image.files.size() == 4);
    CHECK(as_text(image.bytes("main")) == "no database at all");
    CHECK(as_text(image.bytes("main-wal")) == "half a log");
    CHECK(as_text(image.bytes("main-shm")) == "shared");
    CHECK(image.bytes("main-journal").empty());
    CHECK(facts.source_bytes == 34);
    CHECK(facts.facts.at("state") == "files as they were found");
    CHECK(facts.facts.at("unreadable bytes") == "0");
}

TEST_CASE("a log whose database is gone is kept, and nothing at all is an error", "[sqlite][raw]") {
    const TemporaryFolder folder;
    MemoryImage image;
    CHECK(code_thrown_by([&] { keep(folder / "shop.db", image); }) == ErrorCode::Missing);
    write_file_durably(folder / "shop.db-wal", as_bytes("a log"));
    keep(folder / "shop.db", image);
    CHECK(image.files.size() == 1);
}

TEST_CASE("the shared memory of a database that is open here is left alone", "[sqlite][raw]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    Connection live = Connection::open(folder / "shop.db", OpenMode::ReadWrite);
    live.execute("BEGIN IMMEDIATE; UPDATE customers SET name = 'x'");
    MemoryImage image;
    keep(folder / "shop.db", image);
    live.execute("COMMIT");
    CHECK(live.text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("each file of a backup has its place beside the database, and others have none", "[sqlite][raw]") {
    CHECK(target_beside("/srv/shop.db", "main") == "/srv/shop.db");
    CHECK(target_beside("/srv/shop.db", "main-wal") == "/srv/shop.db-wal");
    CHECK(target_beside("/srv/shop.db", "main-journal") == "/srv/shop.db-journal");
    CHECK(code_thrown_by([] { target_beside("/srv/shop.db", "../main"); }) == ErrorCode::Corrupt);
}
