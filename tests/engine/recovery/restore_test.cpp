#include "engine/recovery/restore.hpp"

#include <sys/mount.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/lock_file.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;

namespace {

// Puts a whole file into the repository as one point, without engine/job, which is above this floor.
struct Stored : InstallationFixture {
    RecoveryPoint point;
    Bytes image;

    Stored() { point = store("local"); }

    RecoveryPoint store(const char* where) {
        Connection::open_own(live()).execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
        image = read_file(live(), 1 << 28);
        Repository& repository = repositories->of_or_create(StoreName(where));
        const auto writer = repository.begin_image(spec().name, policy.compression, std::nullopt, progress, {});
        writer->add_pages({.name = "main", .page_bytes = 4096, .bytes = image.size(), .mode = 0640},
                          [this](std::uint64_t first, std::span<std::byte> out) {
                              std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(first * 4096), out.size(), out.begin());
                          });
        PointManifest manifest;
        manifest.point.database = spec().name;
        manifest.point.started = manifest.point.instant = manifest.point.finished = clock.now();
        manifest.identity = "x";
        RecoveryPoint made = writer->commit(manifest).point;
        made.copies = {StoreName(where)};
        catalog->put_point(made);
        return made;
    }
    RestoreResult restore(const fs::path& to, bool delta = false) {
        return restore_point(installation(), {.point = point, .to = to.string(), .delta = delta, .store = {}, .over_live = false}, progress, {});
    }
    ErrorCode refusal(const fs::path& to, bool delta = false) {
        try {
            restore(to, delta);
        } catch (const Error& error) {
            return error.code;
        }
        return ErrorCode::Internal;
    }
    std::vector<std::string> names_in(const fs::path& where) const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(where)) names.push_back(entry.path().filename().string());
        std::ranges::sort(names);
        return names;
    }
};

}  // namespace

TEST_CASE("a point is restored byte for byte and nothing else is left beside it", "[recovery][restore]") {
    Stored f;
    const RestoreResult result = f.restore(f.folder / "out" / "copy.db");
    CHECK(read_file(f.folder / "out" / "copy.db", 1 << 28) == f.image);
    CHECK(f.names_in(f.folder / "out") == std::vector<std::string>{"copy.db"});
    CHECK(result.bytes == f.image.size());
    CHECK(result.copy.is_copy);
    CHECK(result.store == StoreName("local"));
    CHECK(f.providers.of(EngineKind::Sqlite).check_integrity(result.copy, {.clock = f.clock, .progress = f.progress, .cancel = {}}).sound());
    struct stat status {};
    ::stat((f.folder / "out" / "copy.db").c_str(), &status);
    CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a restore does not overwrite what is there", "[recovery][restore]") {
    Stored f;
    write_file_durably(f.folder / "copy.db", as_bytes("mine"));
    CHECK(f.refusal(f.folder / "copy.db") == ErrorCode::AlreadyExists);
    CHECK(read_text_file(f.folder / "copy.db", 100) == "mine");
}

TEST_CASE("the log of an earlier database is not applied to a restored file", "[recovery][restore]") {
    Stored f;
    for (const char* side : {"-wal", "-journal"}) {
        write_file_durably(f.folder / ("copy.db" + std::string(side)), as_bytes("of another database"));
        CHECK(f.refusal(f.folder / "copy.db") == ErrorCode::AlreadyExists);
        CHECK(f.refusal(f.folder / "copy.db", true) == ErrorCode::AlreadyExists);
        fs::remove(f.folder / ("copy.db" + std::string(side)));
    }
    CHECK(f.restore(f.folder / "copy.db").bytes == f.image.size());
}

TEST_CASE("a delta restore makes a file what the point says and writes only what differs", "[recovery][restore]") {
    Stored f;
    f.restore(f.folder / "copy.db");
    delete_sample_orders(f.folder / "copy.db", 3, 4);
    REQUIRE(read_file(f.folder / "copy.db", 1 << 28) != f.image);
    const RestoreResult result = f.restore(f.folder / "copy.db", true);
    CHECK(read_file(f.folder / "copy.db", 1 << 28) == f.image);
    CHECK(result.written_bytes < f.image.size());
    CHECK(f.restore(f.folder / "copy.db", true).written_bytes == 0);
}

TEST_CASE("a delta restore to a place where nothing is makes a new file", "[recovery][restore]") {
    Stored f;
    f.restore(f.folder / "copy.db", true);
    CHECK(read_file(f.folder / "copy.db", 1 << 28) == f.image);
}

TEST_CASE("a file that is in use is not restored over", "[recovery][restore]") {
    Stored f;
    f.restore(f.folder / "copy.db");
    Connection user = Connection::open(f.folder / "copy.db", OpenMode::ReadWrite);
    user.execute("BEGIN IMMEDIATE");
    CHECK(f.refusal(f.folder / "copy.db", true) == ErrorCode::Busy);
}

TEST_CASE("the live database is not restored over however it is written", "[recovery][restore]") {
    Stored f;
    fs::create_symlink(f.live(), f.folder / "alias.db");
    const Bytes before = read_file(f.live(), 1 << 28);
    CHECK(f.refusal(f.live(), true) == ErrorCode::NotPermitted);
    CHECK(f.refusal(f.folder / "live" / ".." / "live" / "orders.db", true) == ErrorCode::NotPermitted);
    CHECK(f.refusal(f.folder / "alias.db", true) == ErrorCode::NotPermitted);
    fs::remove(f.live());
    CHECK(f.refusal(f.live()) == ErrorCode::NotPermitted);
}

TEST_CASE("a stop leaves nothing at the target", "[recovery][restore]") {
    Stored f;
    std::stop_source stop;
    stop.request_stop();
    fs::create_directories(f.folder / "out");
    CHECK_THROWS_AS(restore_point(f.installation(), {.point = f.point, .to = (f.folder / "out" / "copy.db").string(), .delta = false, .store = {}, .over_live = false}, f.progress, stop.get_token()), Error);
    CHECK(f.names_in(f.folder / "out").empty());
}

TEST_CASE("what a killed restore left is removed by the next", "[recovery][restore]") {
    Stored f;
    fs::create_directories(f.folder / "out");
    write_file_durably(f.folder.path() / "out" / ".copy.db.restoring", as_bytes("half"));
    f.restore(f.folder / "out" / "copy.db");
    CHECK(f.names_in(f.folder / "out") == std::vector<std::string>{"copy.db"});
}

TEST_CASE("two restores to one place at once do not mix", "[recovery][restore]") {
    Stored f;
    const auto name = fmt::format("restore-{:016x}.lock", std::hash<std::string>{}((f.folder / "copy.db").string()));
    const LockFile other = LockFile::take(f.state() / "locks" / name, "copy.db", "a restore", f.clock);
    CHECK(f.refusal(f.folder / "copy.db") == ErrorCode::Busy);
}

TEST_CASE("a restore that does not fit is refused before anything is written", "[recovery][restore]") {
    Stored f;
    const fs::path small = f.folder / "small";
    fs::create_directories(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) {
        WARN("not run: this user may not mount");
        return;
    }
    CHECK(f.refusal(small / "copy.db") == ErrorCode::DiskFull);
    CHECK(f.names_in(small).empty());
    ::umount(small.c_str());
}

TEST_CASE("a point is read from the next store where the first has lost it", "[recovery][restore]") {
    Stored f;
    const RecoveryPoint other = f.store("offsite");
    RecoveryPoint both = other;
    both.copies = {StoreName("local"), StoreName("offsite")};
    f.catalog->put_point(both);
    CHECK(store_to_read(f.installation(), *f.catalog->point(both.id)) == StoreName("offsite"));
    both.copies = {StoreName("local")};
    try {
        store_to_read(f.installation(), both);
        FAIL("local does not have it");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Missing);
    }
}

TEST_CASE("the folder for a run's copies is private and inside the state", "[recovery][restore]") {
    InstallationFixture f;
    const fs::path folder = copy_folder(f.installation(), "01run");
    struct stat status {};
    REQUIRE(::stat(folder.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    CHECK(folder == f.state() / "copies" / "01run");
    CHECK_THROWS_AS(copy_folder(f.installation(), "../01run"), Error);
}
