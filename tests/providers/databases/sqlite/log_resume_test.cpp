#include "providers/databases/sqlite/log_resume.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/sqlite/before_pages.hpp"
#include "providers/databases/sqlite/log_flow.hpp"
#include "providers/databases/sqlite/wal_pin.hpp"
#include "tests/support/capture_fixture.hpp"

using namespace holdfast;

namespace {

// A database whose log nobody holds, and a program that uses it.
struct Unwatched : CaptureFixture {
    CountingWriter writer{path};

    Unwatched() {
        writer.connection().execute("PRAGMA wal_autocheckpoint=0");
        commit(20);
        back_up();
    }
    void commit(int times) {
        for (int i = 0; i < times; ++i) writer.count_one();
    }
    void checkpoint(const char* kind) { writer.connection().prepare(std::string("PRAGMA wal_checkpoint(") + kind + ")").run(); }
    std::string why_not() {
        capture.reset();
        const CaptureResult result = once();
        return result.end == CaptureEnd::Gap ? result.why : "";
    }
};

}  // namespace

TEST_CASE("a log that went on is followed from the mark", "[sqlite][log]") {
    Unwatched database;
    database.commit(5);
    CHECK(database.why_not() == "");
    CHECK(database.image->commits.size() == 5);
    CHECK(database.count() == 25);
}

TEST_CASE("a log that was reset while nobody watched goes on where three things prove it", "[sqlite][log]") {
    Unwatched database;
    database.commit(5);
    database.checkpoint("PASSIVE");
    database.commit(3);   // The log begins anew, and the five are still behind the mark.
    CHECK(database.why_not() == "");
    CHECK(database.image->commits.size() == 8);
    CHECK(database.count() == 28);
    // And from there.
    database.checkpoint("PASSIVE");
    database.commit(1);
    CHECK(database.why_not() == "");
    CHECK(database.count() == 29);
    CHECK(database.image->complaints == std::vector<std::string>{});
}

TEST_CASE("a log that lost commits to a reset is a gap", "[sqlite][log]") {
    Unwatched database;
    SECTION("overwritten") {
        database.checkpoint("PASSIVE");
        database.commit(60);
    }
    SECTION("cut off") {
        database.commit(2);
        database.checkpoint("TRUNCATE");
        database.commit(1);
    }
    SECTION("two generations") {
        database.checkpoint("PASSIVE");
        database.commit(2);
        database.checkpoint("PASSIVE");
        database.commit(1);
    }
    CHECK(database.why_not() == "the log was reset while nobody watched");
    CHECK(database.image->commits.empty());
}

TEST_CASE("another file, another page size and an older log are told apart", "[sqlite][log]") {
    Unwatched database;
    const auto changed = [&](auto change) {
        LogMark mark = *parse_log_mark(database.mark);
        change(mark);
        database.mark = to_text(mark);
        return database.why_not();
    };
    CHECK(changed([](LogMark& mark) { ++mark.checksum[0]; }) == "the log was cut back by a crash");
    database.back_up();
    CHECK(changed([](LogMark& mark) { mark.frame += 100; }) == "the log was cut back by a crash");
    database.back_up();
    CHECK(changed([](LogMark& mark) { mark.page_bytes = 512; }) == "the page size was changed");
    database.back_up();
    CHECK(changed([](LogMark& mark) { ++mark.inode; }) == "the file was replaced by another");
    database.mark = "";
    CHECK(database.why_not() == "the point was taken outside of WAL mode");
}

TEST_CASE("a point that is taken under an open capture joins up with it, whatever resets the log", "[sqlite][log]") {
    Unwatched database;
    const int kind = GENERATE(range(0, 6));
    CAPTURE(kind);
    database.writer.connection().set_busy_timeout(Duration(0));
    if (kind >= 3) database.checkpoint("TRUNCATE");
    database.capture.reset();
    database.open();
    database.checkpoint("TRUNCATE");
    if (kind % 3 == 1) database.commit(3);
    if (kind % 3 == 2) Connection(Connection::open(database.path, OpenMode::ReadWrite)).prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
    database.back_up();
    database.checkpoint("RESTART");
    CountingWriter(database.path).count_one();   // A new connection draws its own salts.
    database.commit(4);
    const CaptureResult result = database.once();
    CHECK(result.why == "");
    CHECK(database.image->commits.size() == 5);
    CHECK(database.count() == CountingWriter::count_in(database.path));
    CHECK(database.image->complaints == std::vector<std::string>{});
}
