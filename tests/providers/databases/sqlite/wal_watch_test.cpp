#include "providers/databases/sqlite/wal_watch.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

struct WatchedFiles {
    TemporaryFolder folder;
    fs::path database = folder / "a.db";
    fs::path wal = folder / "a.db-wal";
    std::stop_source stop;

    WatchedFiles() {
        write_file_durably(database, as_bytes("x"));
        write_file_durably(wal, as_bytes("x"));
    }
    void write() { File::open(wal, File::Mode::ReadWrite).write_at(0, as_bytes("y")); }
};

}  // namespace

TEST_CASE("a write to the log wakes, and nothing else does", "[sqlite][log]") {
    WatchedFiles files;
    WalWatch watch(files.database, files.stop.get_token());
    CHECK_FALSE(watch.wait(milliseconds(5)));
    write_file_durably(files.folder / "other.db", as_bytes("x"));
    CHECK_FALSE(watch.wait(milliseconds(5)));
    files.write();
    CHECK(watch.wait(milliseconds(0)));
    files.write();                          // Nobody waits, so it may be seen or not:
    CHECK(watch.wait(milliseconds(0)));     // whoever waits again is told to look.
    CHECK_FALSE(watch.wait(milliseconds(0)));
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds(20));
        files.write();
    });
    CHECK(watch.wait(milliseconds(10'000)));
    CHECK_FALSE(watch.files_changed());
}

TEST_CASE("files that come and go are noticed", "[sqlite][log]") {
    WatchedFiles files;
    WalWatch watch(files.database, files.stop.get_token());
    const auto noticed = [&] { return watch.wait(milliseconds(0)) && watch.files_changed() && !watch.files_changed(); };
    write_file_durably(files.folder / "a.db-shm", as_bytes("x"));
    CHECK(noticed());
    fs::remove(files.wal);
    CHECK(noticed());
    fs::rename(files.database, files.folder / "b.db");
    CHECK(noticed());
}

TEST_CASE("cancelling ends every wait", "[sqlite][log]") {
    WatchedFiles files;
    WalWatch watch(files.database, files.stop.get_token());
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds(20));
        files.stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(watch.wait(milliseconds(30'000)));
    watch.sleep(milliseconds(30'000));
    CHECK(std::chrono::steady_clock::now() - begin < milliseconds(10'000));
}

TEST_CASE("a log that is not there cannot be watched", "[sqlite][log]") {
    WatchedFiles files;
    fs::remove(files.wal);
    CHECK(code_thrown_by([&] { WalWatch(files.database, files.stop.get_token()); }) == ErrorCode::Unavailable);
}
