#include <catch2/catch.hpp>
#include <deque>

#include "engine/sqlite/transaction.hpp"
#include "providers/databases/sqlite/log_mark.hpp"
#include "tests/support/capture_fixture.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

void sleep_ms(int millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

bool soon(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1500; ++i) {
        if (is_so()) return true;
        sleep_ms(10);
    }
    return false;
}

// A database that is being followed from its first commit on.
struct Followed : CaptureFixture {
    CountingWriter writer{path};
    std::optional<Following> following;

    void start() {
        open();
        back_up();
        following.emplace(*this);
    }
    void commit(int times) {
        for (int i = 0; i < times; ++i) writer.count_one();
    }
    std::uint64_t wal_bytes() const { return fs::file_size(path.string() + "-wal"); }
    void check_sound(std::size_t commits) {
        CHECK_FALSE(following->error);
        CHECK(image->complaints == std::vector<std::string>{});
        CHECK(image->commits.size() == commits);
        CHECK(count() == static_cast<std::int64_t>(commits));
        CHECK(CountingWriter::content_of(path) == CountingWriter::content_of(folder / "captured.db"));
    }
};

}  // namespace

TEST_CASE("a commit is durable soon, and the idle log may be cut off by anybody", "[sqlite][log]") {
    Followed database;
    database.start();
    database.commit(30);
    database.image->wait_for_durable(30);
    CHECK(soon([&] {
        database.writer.connection().set_busy_timeout(Duration(0));
        Statement truncate = database.writer.connection().prepare("PRAGMA wal_checkpoint(TRUNCATE)");
        truncate.step();
        return truncate.integer(0) == 0;
    }));
    CHECK(database.wal_bytes() == 0);
    database.commit(3);
    database.image->wait_for_durable(33);
    CHECK(database.following->stop().end == CaptureEnd::Stopped);
    database.check_sound(33);
}

TEST_CASE("a writer that never pauses does not make the log grow without end", "[sqlite][log]") {
    Followed database;
    database.limits = {.settle_bytes = 256U << 10, .barrier_bytes = 512U << 10};
    OtherProcess process([&](unsigned) { CountingWriter(database.path).count_one(); });
    database.open();
    database.back_up();
    const std::int64_t before = *database.count();
    database.following.emplace(database);
    std::uint64_t largest = 0;
    CountingWriter& writer = database.writer;
    for (int i = 0; i < 3000; ++i) {
        writer.count_one();
        largest = std::max(largest, database.wal_bytes());
    }
    CHECK(process.stop());
    CHECK(database.following->stop().end == CaptureEnd::Stopped);
    CHECK(largest < (16U << 20));
    CHECK(database.image->complaints == std::vector<std::string>{});
    CHECK(database.count() == before + static_cast<std::int64_t>(database.image->commits.size()));
    CHECK(CountingWriter::content_of(database.path) == CountingWriter::content_of(database.folder / "captured.db"));
}

TEST_CASE("a reader that never ends keeps nothing from being captured", "[sqlite][log]") {
    Followed database;
    database.limits = {.settle_bytes = 16U << 10, .barrier_bytes = 1U << 20};
    database.writer.count_one();
    Connection reader = Connection::open(database.path, OpenMode::ReadWrite);
    const Transaction reading(reader, Transaction::Kind::Deferred);
    CHECK(reader.integer("SELECT n FROM counted") == 1);
    database.open();
    database.back_up();
    database.following.emplace(database);
    database.commit(100);
    database.image->wait_for_durable(100);
    CHECK(database.following->stop().end == CaptureEnd::Stopped);
    CHECK(reader.integer("SELECT n FROM counted") == 1);
    CHECK(database.image->commits.size() == 100);
    CHECK(database.count() == 101);
}

TEST_CASE("a store that fails for a while is tried again, and nothing is lost", "[sqlite][log]") {
    Followed database;
    database.open();
    database.back_up();
    std::atomic<int> failures{3};
    database.image->on_durable = [&] {
        if (failures-- > 0) throw Error(ErrorCode::DiskFull, "no space");
    };
    database.following.emplace(database);
    database.commit(10);
    database.image->wait_for_durable(10);
    CHECK(database.following->stop().end == CaptureEnd::Stopped);
    database.check_sound(10);
}

TEST_CASE("a store that stays away costs a gap and not the application's disk", "[sqlite][log]") {
    Followed database;
    database.limits.let_go_bytes = 100'000;
    database.open();
    database.back_up();
    database.image->on_durable = [] { throw Error(ErrorCode::Io, "the store is away"); };
    database.following.emplace(database);
    CHECK(soon([&] {
        database.commit(10);
        return database.following->ended.load();
    }));
    const CaptureResult result = database.following->wait();
    CHECK(result.end == CaptureEnd::Gap);
    CHECK_THAT(result.why, Catch::Contains("the store is away"));
}

TEST_CASE("an error that another try cannot mend leaves follow at once", "[sqlite][log]") {
    Followed database;
    database.open();
    database.back_up();
    database.image->on_durable = [] { throw Error(ErrorCode::Changed, "another writer goes on"); };
    database.following.emplace(database);
    database.commit(1);
    CHECK(soon([&] { return database.following->ended.load(); }));
    database.following->wait();
    REQUIRE(database.following->error);
    CHECK(database.following->error->code == ErrorCode::Changed);
}

TEST_CASE("files that are taken away while they are followed end in a gap that says which", "[sqlite][log]") {
    Followed database;
    database.start();
    database.commit(3);
    database.image->wait_for_durable(3);
    std::string why;
    SECTION("replaced") {
        CountingWriter::make(database.folder / "other.db", 4096);
        fs::rename(database.folder / "other.db", database.path);
        why = "the file was replaced by another";
    }
    SECTION("deleted") {
        fs::remove(database.path);
        why = "the database is gone";
    }
    SECTION("without its log") {
        fs::remove(database.path.string() + "-wal");
        why = "its -wal file was removed while it was in use";
    }
    SECTION("the log and a new one") {
        fs::rename(database.path.string() + "-wal", database.folder / "old");
        write_file_durably(database.path.string() + "-wal", {});
        why = "its -wal file was removed while it was in use";
    }
    CHECK(soon([&] { return database.following->ended.load(); }));
    CHECK(database.following->wait().why == why);
    CHECK(database.following->result.end == CaptureEnd::Gap);
    CHECK(database.image->commits.size() == 3);
}

TEST_CASE("the database grows, shrinks and is vacuumed under a follower", "[sqlite][log]") {
    const bool auto_vacuum = GENERATE(false, true);
    CAPTURE(auto_vacuum);
    CaptureFixture fixture(4096, auto_vacuum);
    CountingWriter writer(fixture.path);
    fixture.open();
    fixture.back_up();
    Following following(fixture);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 60; ++i) writer.connection().execute("INSERT INTO blobs(body) VALUES (randomblob(60000))");
        writer.connection().execute("DELETE FROM blobs");
        writer.connection().execute("VACUUM");
        writer.count_one();
    }
    CHECK(following.stop().end == CaptureEnd::Stopped);
    CHECK(fixture.image->complaints == std::vector<std::string>{});
    CHECK(fixture.count() == 3);
    CHECK(CountingWriter::content_of(fixture.path) == CountingWriter::content_of(fixture.folder / "captured.db"));
}

TEST_CASE("what a killed program left uncommitted is never taken", "[sqlite][log]") {
    Followed database;
    // Each counts when it is its turn; its next transaction spills into the log and dies with the process.
    const auto sign = [&](const char* what, int program) { return database.folder / (what + std::to_string(program)); };
    std::deque<OtherProcess> programs;
    for (int program = 0; program < 4; ++program) {
        programs.emplace_back([&, program](unsigned) {
            if (!fs::exists(sign("go", program)) || fs::exists(sign("spilled", program))) return sleep_ms(1);
            static CountingWriter writer(database.path, static_cast<unsigned>(program));
            for (int i = 0; i < 5; ++i) writer.count_one();
            writer.connection().execute("BEGIN; UPDATE two SET filling = randomblob(5000); UPDATE counted SET n = 0");
            write_file_durably(sign("spilled", program), {});
        });
    }
    database.start();
    for (int program = 0; program < 4; ++program) {
        write_file_durably(sign("go", program), {});
        REQUIRE(soon([&] { return fs::exists(sign("spilled", program)); }));
        programs.pop_front();
    }
    database.commit(1);
    CHECK(database.following->stop().end == CaptureEnd::Stopped);
    database.check_sound(21);
}

TEST_CASE("the clock may go back, and the log's time does not", "[sqlite][log]") {
    Followed database;
    ManualClock clock("2026-11-20T14:00:00Z");
    database.capture = capture_sqlite_log(database.path, clock);
    database.back_up();
    LogMark mark = *parse_log_mark(database.mark);
    mark.seen = mark.at = clock.now();
    database.mark = to_text(mark);
    database.commit(1);
    clock.advance(std::chrono::hours(1));
    database.once();
    clock.set(clock.now() - std::chrono::hours(3));
    database.commit(1);
    database.once();
    REQUIRE(database.image->commits.size() == 2);
    CHECK(to_rfc3339(database.image->commits[0].at) == "2026-11-20T15:00:00Z");
    CHECK(to_rfc3339(database.image->commits[0].not_before) == "2026-11-20T14:00:00Z");
    CHECK(database.image->commits[1].at == database.image->commits[0].at);
    CHECK(database.image->complaints == std::vector<std::string>{});
}
