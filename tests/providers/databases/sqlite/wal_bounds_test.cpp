#include "providers/databases/sqlite/wal_bounds.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/transaction.hpp"
#include "tests/support/capture_fixture.hpp"
#include "tests/support/other_process.hpp"

using namespace holdfast;

namespace {

bool soon(const std::function<bool()>& is_so) {
    for (int i = 0; i < 6000; ++i) {
        if (is_so()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

struct Bounded : CaptureFixture {
    LogBoundsCounters counters;
    std::optional<Following> following;

    Bounded() {
        limits = {.settle_bytes = 128U << 10, .barrier_bytes = 256U << 10, .urgent_bytes = 512U << 10};
        limits.counters = &counters;
    }
    void start() {
        open();
        back_up();
        following.emplace(*this);
    }
    std::uint64_t log_bytes() const { return fs::file_size(path.string() + "-wal"); }
    void stop_sound() {
        CHECK(following->stop().end == CaptureEnd::Stopped);
        CHECK_FALSE(following->error);
        CHECK(image->complaints == std::vector<std::string>{});
        CHECK(count());
        CHECK(CountingWriter::content_of(path) == CountingWriter::content_of(folder / "captured.db"));
    }
};


}  // namespace

TEST_CASE("beside writers that never pause the log begins anew again and again", "[sqlite][log]") {
    Bounded database;
    std::deque<OtherProcess> writers;
    for (unsigned i = 0; i < 2; ++i) {
        writers.emplace_back([&, i](unsigned) {
            static CountingWriter writer(database.path, i);
            for (int n = 0; n < 50; ++n) writer.count_one();
        });
    }
    database.start();
    CHECK(soon([&] { return database.counters.begun_anew >= 3; }));
    for (OtherProcess& writer : writers) CHECK(writer.stop());
    database.stop_sound();
    CHECK(database.counters.rounds > 0);
    CHECK(database.counters.barriers > 0);
}

TEST_CASE("for a reader that never ends no writer is kept out, and what it let grow is cut off after it", "[sqlite][log]") {
    Bounded database;
    CountingWriter writer(database.path);
    writer.count_one();
    Connection reader = Connection::open(database.path, OpenMode::ReadWrite);
    std::optional<Transaction> reading(std::in_place, reader, Transaction::Kind::Deferred);
    CHECK(reader.integer("SELECT n FROM counted") == 1);
    database.start();
    const auto big = [&] { writer.connection().execute("INSERT INTO blobs(body) VALUES (randomblob(300000)); DELETE FROM blobs"); };
    for (int i = 0; i < 12; ++i) big();
    writer.count_one();
    CHECK(soon([&] { return database.image->durable_commits() >= 25; }));
    CHECK(database.log_bytes() > 2 * database.limits.urgent_bytes);
    // Some stand until it is noticed.
    const std::uint64_t before = database.counters.barriers.load();
    constexpr int kMore = 60;
    for (int i = 0; i < kMore; ++i) {
        const std::size_t captured = database.image->durable_commits();
        writer.count_one();
        REQUIRE(soon([&] { return database.image->durable_commits() > captured; }));
    }
    CHECK(database.counters.barriers.load() - before <= kMore / 6);
    reading.reset();
    CHECK(soon([&] { return database.log_bytes() == 0; }));
    writer.count_one();
    database.stop_sound();
}
