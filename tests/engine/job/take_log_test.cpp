#include "engine/job/take_log.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/job/care_for_log.hpp"
#include "engine/job/log_lock.hpp"
#include "engine/job/log_bridge.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/rebuild_catalog.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/repository/log.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/live_numbers.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Logging : InstallationFixture {
    LiveNumbers numbers{live()};

    LogDone take() {
        clock.advance(1min);
        const DatabaseLock lock = DatabaseLock::take(installation(), spec().name, "a log backup");
        return take_log(installation(), spec(), lock, progress, {});
    }
    std::int64_t newest_before(std::optional<Before> before) {
        const RecoveryTarget target = find_target(installation(), spec().name, before);
        const fs::path to = folder / fmt::format("restored-{}.db", ++restores);
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return LiveNumbers::newest_in(to).value_or(-1);
    }
    std::vector<LogWindow> windows() { return catalog->windows(spec().name); }
    int restores = 0;
};

}  // namespace

TEST_CASE("the first log backup takes a point and begins a log", "[job][log]") {
    Logging f;
    const LogDone done = f.take();
    CHECK(done.notes.size() == 1);
    CHECK(f.catalog->points(f.spec().name).size() == 1);
    REQUIRE(f.windows().size() == 1);
    CHECK(f.windows()[0].base == f.catalog->points(f.spec().name)[0].id);
}

TEST_CASE("the next log backups go on where the last one ended", "[job][log]") {
    Logging f;
    f.take();
    f.numbers.add(3);
    CHECK(f.take().transactions == 3);
    CHECK(f.take().transactions == 0);
    f.numbers.add(2);
    f.reopen();   // As the next tick would, in another process.
    CHECK(f.take().transactions == 2);
    CHECK(f.windows().size() == 1);
    CHECK(f.catalog->points(f.spec().name).size() == 1);
    CHECK(f.newest_before(std::nullopt) == 5);
}

TEST_CASE("every transaction of the log can be gone back to", "[job][log]") {
    Logging f;
    f.take();
    f.numbers.add(6);
    f.take();
    const LogWindow window = f.windows().at(0);
    for (std::uint64_t i = 1; i <= 6; ++i) {
        CHECK(f.newest_before(Before{.at = {}, .transaction = LogPosition{window.stream, i}}) == static_cast<std::int64_t>(i) - 1);
    }
}

TEST_CASE("a log that was reset between two log backups is a gap, closed by comparing pages", "[job][log]") {
    Logging f;
    f.take();
    f.numbers.add(3);
    f.take();
    f.numbers.add(1);
    f.numbers.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    f.numbers.add(1);
    const LogDone done = f.take();
    REQUIRE(f.windows().size() == 2);
    CHECK_FALSE(f.windows()[0].ended.empty());
    CHECK(done.notes.at(0).find("a new log begins") == 0);
    CHECK(f.catalog->points(f.spec().name).front().kind == BackupKind::Incremental);
    CHECK(f.newest_before(std::nullopt) == 5);
    f.numbers.add(2);
    CHECK(f.take().transactions == 2);
    CHECK(f.newest_before(std::nullopt) == 7);
}

TEST_CASE("what was committed to a database that all have closed since is never taken for nothing", "[job][log]") {
    InstallationFixture f;
    const auto take = [&] {
        f.clock.advance(1min);
        const DatabaseLock lock = DatabaseLock::take(f.installation(), f.spec().name, "a log backup");
        return take_log(f.installation(), f.spec(), lock, f.progress, {});
    };
    take();
    add_sample_orders(f.live(), 3);   // The last program that closes it takes the log away.
    CHECK(take().notes.size() == 1);
    const RecoveryTarget target = find_target(f.installation(), f.spec().name, std::nullopt);
    restore_point(f.installation(), {.point = target.point, .to = (f.folder / "copy.db").string(), .delta = false, .store = {}, .log = target.log, .over_live = false},
                  f.progress, {});
    CHECK(sample_content(f.folder / "copy.db") == sample_content(f.live()));
}

TEST_CASE("a database that all have closed and nobody has changed gets nothing", "[job][log]") {
    InstallationFixture f;
    const auto take = [&] {
        f.clock.advance(1min);
        const DatabaseLock lock = DatabaseLock::take(f.installation(), f.spec().name, "a log backup");
        return take_log(f.installation(), f.spec(), lock, f.progress, {});
    };
    add_sample_orders(f.live(), 3);
    take();
    for (int i = 0; i < 3; ++i) {
        const LogDone done = take();
        CHECK(done.transactions == 0);
        CHECK(done.notes.empty());
        CHECK(done.until == f.clock.now());
    }
    CHECK(f.catalog->points(f.spec().name).size() == 1);
    REQUIRE(f.catalog->windows(f.spec().name).size() == 1);
    CHECK(f.catalog->windows(f.spec().name)[0].ended.empty());
    CHECK(f.catalog->windows(f.spec().name)[0].until == f.clock.now());
    add_sample_orders(f.live(), 1);
    CHECK(take().notes.size() == 1);
    CHECK(f.catalog->points(f.spec().name).size() == 2);
    CHECK_FALSE(f.catalog->windows(f.spec().name)[0].ended.empty());
    take();
    CHECK(f.catalog->points(f.spec().name).size() == 2);
}

TEST_CASE("a database that is followed needs no log backup", "[job][log]") {
    Logging f;
    f.take();
    const LockFile lock = take_log_lock(f.installation(), f.spec().name, "a follower");
    f.numbers.add(1);
    const LogDone done = f.take();
    CHECK(done.transactions == 0);
    REQUIRE(done.notes.size() == 1);
    CHECK(done.notes[0].find("is followed just now") != std::string::npos);
}

TEST_CASE("another file in the database's place begins another log", "[job][log]") {
    Logging f;
    f.take();
    f.numbers.add(2);
    f.take();
    make_sample_database(f.folder / "other.db");
    fs::remove(f.live().string() + "-wal");
    fs::remove(f.live().string() + "-shm");
    fs::rename(f.folder / "other.db", f.live());
    f.take();
    CHECK(f.windows().size() == 2);
}

TEST_CASE("the windows of a lost catalog are read again from the store", "[job][log]") {
    Logging f;
    f.take();
    f.numbers.add(4);
    f.take();
    const LogWindow before = f.windows().at(0);
    f.catalog->remove_window(before.stream, before.store);
    rebuild_catalog(f.installation(), {}, f.progress, {});
    REQUIRE(f.windows().size() == 1);
    CHECK(f.windows()[0].transactions == before.transactions);
    CHECK(f.windows()[0].stream == before.stream);
}

TEST_CASE("the other stores of the environment get the log as well", "[job][log]") {
    Logging f;
    f.spec().environment = EnvironmentName("prod");
    f.take();
    f.numbers.add(3);
    f.take();
    REQUIRE(f.windows().size() == 2);
    CHECK(f.windows()[0].transactions == f.windows()[1].transactions);
    fs::remove_all(f.store_folder("local"));
    f.reopen();
    CHECK(f.newest_before(std::nullopt) == 3);
}

TEST_CASE("old streams expire once any_second does not reach them, and the newest stays", "[job][log]") {
    Logging f;
    f.rules().retention.any_second = parse_period("1d");
    f.take();
    f.numbers.add(1);
    f.take();
    f.numbers.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    f.numbers.add(1);
    f.take();
    REQUIRE(f.windows().size() == 2);
    CHECK(expire_logs(f.installation(), f.spec(), {}).empty());
    f.clock.advance(std::chrono::hours(49));
    CHECK(expire_logs(f.installation(), f.spec(), {}).size() == 1);
    REQUIRE(f.windows().size() == 1);
    CHECK(f.windows()[0].ended.empty());
    CHECK(f.repositories->of(StoreName("local")).log_streams(f.spec().name).size() == 1);
    CHECK(f.newest_before(std::nullopt) == 2);
}
