#include "providers/databases/sqlite/wal_holds.hpp"

#include <catch2/catch.hpp>

#include "tests/support/counting_writer.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct HeldDatabase {
    TemporaryFolder folder;
    fs::path path = folder / "money.db";

    HeldDatabase() { CountingWriter::make(path, 4096); }
    // In this process; the locks of a connection are its own.
    void commit(CountingWriter& writer, int times) {
        for (int i = 0; i < times; ++i) writer.count_one();
    }
};

}  // namespace

TEST_CASE("a log that is not in the file as a whole is not reset under a reader", "[sqlite][log]") {
    HeldDatabase held;
    CountingWriter writer(held.path);
    writer.connection().execute("PRAGMA wal_autocheckpoint=0");
    held.commit(writer, 5);
    WalHolds holds(held.path);
    REQUIRE_FALSE(holds.whole());
    const auto salts = holds.held().salts();
    held.commit(writer, 5);
    CHECK(holds.checkpoint().copied < holds.look()->header.last_frame());
    writer.connection().set_busy_timeout(Duration(0));
    writer.connection().prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
    held.commit(writer, 1);
    CHECK(holds.look()->header.salts() == salts);
    // The hand-over: now it may begin anew, once.
    holds.begin_next();
    holds.keep_next();
    CHECK(holds.checkpoint().copied == holds.held().last_frame());
    holds.begin_next();
    CHECK(holds.next_is_whole());
    holds.keep_next();
    held.commit(writer, 1);
    const WalIndexHeader reset = holds.look()->header;
    CHECK(reset.salts() != salts);
    writer.connection().prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
    held.commit(writer, 1);
    CHECK(holds.look()->header.salts() == reset.salts());
    CHECK(holds.look()->header.last_frame() > reset.last_frame());
}

TEST_CASE("a barrier keeps writers out and lets them in again", "[sqlite][log]") {
    HeldDatabase held;
    CountingWriter writer(held.path);
    writer.connection().set_busy_timeout(Duration(0));
    WalHolds holds(held.path);
    {
        const auto barrier = holds.try_barrier();
        REQUIRE(barrier);
        CHECK(code_thrown_by([&] { writer.count_one(); }) == ErrorCode::Busy);
    }
    writer.count_one();
    writer.connection().execute("BEGIN IMMEDIATE");
    CHECK_FALSE(holds.try_barrier());
}

TEST_CASE("files that are replaced or written past SQLite are noticed", "[sqlite][log]") {
    HeldDatabase held;
    WalHolds holds(held.path);
    CHECK_FALSE(holds.gone());
    REQUIRE(holds.whole());
    CHECK_FALSE(holds.file_was_touched());
    SECTION("written over") {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        OtherProcess copy([&](unsigned) { File::open(held.path, File::Mode::ReadWrite).write_at(5000, as_bytes("restored")); });
        copy.wait_for_rounds(1);
        CHECK(holds.file_was_touched());
    }
    SECTION("another in its place") {
        CountingWriter::make(held.folder / "other.db", 4096);
        fs::rename(held.folder / "other.db", held.path);
        CHECK(holds.gone() == "the file was replaced by another");
    }
    SECTION("gone") {
        fs::remove(held.path);
        CHECK(holds.gone() == "the database is gone");
    }
    SECTION("without its log") {
        fs::remove(held.path.string() + "-wal");
        CHECK(holds.gone() == "its -wal file was removed while it was in use");
    }
    SECTION("without its index") {
        fs::remove(held.path.string() + "-shm");
        CHECK(holds.gone() == "its -shm file was removed while it was in use");
    }
}

TEST_CASE("outside of WAL mode there is no log, and the way out is said", "[sqlite][log]") {
    HeldDatabase held;
    Connection::open(held.path, OpenMode::ReadWrite).execute("PRAGMA journal_mode=DELETE");
    const auto error = error_thrown_by([&] { WalHolds holds(held.path); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Unavailable);
    CHECK_THAT(error->message, Catch::Contains("journal_mode is delete"));
    CHECK_THAT(error->hint, Catch::Contains("PRAGMA journal_mode=WAL"));
}

TEST_CASE("nobody leaves WAL mode under a hold, and the last close leaves the log", "[sqlite][log]") {
    HeldDatabase held;
    WalHolds holds(held.path);
    {
        CountingWriter writer(held.path);
        writer.connection().execute("PRAGMA wal_autocheckpoint=0");
        writer.connection().set_busy_timeout(Duration(0));
        writer.count_one();
        CHECK(code_thrown_by([&] { writer.connection().execute("PRAGMA journal_mode=DELETE"); }) == ErrorCode::Busy);
    }
    CHECK(fs::file_size(held.path.string() + "-wal") > 0);
    CHECK_FALSE(holds.gone());
}
