#include "engine/job/backup.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/job/check_backup.hpp"
#include "engine/job/choose_base.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/take_backup.hpp"
#include "engine/job/verify_points.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Backups : InstallationFixture {
    BackupNow request{.database = DatabaseName("orders"), .kind = {}, .keep = {}, .why = {}, .reason = JobReason::ByHand, .idempotency_key = {}};

    BackupDone take(CancelToken cancel = {}) { return back_up_now(installation(), request, progress, cancel); }
    Error refusal(CancelToken cancel = {}) {
        try {
            take(cancel);
        } catch (const Error& error) {
            return error;
        }
        FAIL("the backup succeeded");
        return Error(ErrorCode::Internal, "");
    }
    std::string restored(const RecoveryPoint& point) {
        const fs::path to = folder / "out" / (point.id.str() + ".db");
        restore_point(installation(), {.point = point, .to = to.string(), .delta = false, .store = {}, .over_live = false}, progress, {});
        return sample_content(to);
    }
    std::size_t points_in(const char* store) {
        return repositories->of(StoreName(store)).points(std::nullopt).size();
    }
    // Flips one bit in the middle of every pack of a store.
    void spoil(const char* store) const {
        for (const auto& entry : fs::recursive_directory_iterator(store_folder(store) / "packs")) {
            if (!entry.is_regular_file()) continue;
            File file = File::open(entry.path(), File::Mode::ReadWrite);
            const std::uint64_t middle = file.size() / 2;
            std::array<std::byte, 1> byte{};
            file.read_exactly_at(middle, byte);
            byte[0] ^= std::byte{1};
            file.write_at(middle, byte);
        }
    }
};

}  // namespace

TEST_CASE("what was backed up comes back as it was", "[job][backup]") {
    Backups f;
    const std::string before = sample_content(f.live());
    const BackupDone done = f.take();
    delete_sample_orders(f.live(), 1, 50);
    CHECK(f.restored(done.point) == before);
    CHECK(done.point.kind == BackupKind::Full);
    CHECK_FALSE(done.promoted_to_full);
    CHECK(done.notes.empty());
    CHECK(done.point.soundness == Soundness::Sound);
    CHECK(done.point.copies == std::vector{StoreName("local")});
    CHECK(done.point.provenance.user == "tester");
    CHECK(f.catalog->audit_entries(1).at(0).action == "backup");
}

TEST_CASE("the second backup stores only what changed", "[job][backup]") {
    Backups f;
    const BackupDone first = f.take();
    f.clock.advance(1h);
    add_sample_orders(f.live(), 3);
    const std::string after = sample_content(f.live());
    const BackupDone second = f.take();
    CHECK(second.point.kind == BackupKind::Incremental);
    CHECK(second.point.stored_bytes < first.point.stored_bytes);
    CHECK(second.changed_bytes < first.changed_bytes);
    CHECK(f.restored(second.point) == after);
}

TEST_CASE("an incremental without a base becomes a full and says why", "[job][backup]") {
    Backups f;
    f.request.kind = BackupKind::Incremental;
    const BackupDone done = f.take();
    CHECK(done.point.kind == BackupKind::Full);
    CHECK(done.promoted_to_full);
    CHECK_THAT(done.notes.at(0), Catch::Contains("orders has no backup in local yet"));
}

TEST_CASE("another database at the same path is no base", "[job][backup]") {
    Backups f;
    f.take();
    // Moved away rather than removed, so that the new file cannot be given the same inode.
    for (const char* side : {"-wal", "-shm"}) fs::remove(f.live().string() + side);
    fs::rename(f.live(), f.folder / "old.db");
    make_sample_database(f.live(), {.customers = 7, .orders = 9});
    f.request.kind = BackupKind::Incremental;
    const BackupDone done = f.take();
    CHECK(done.promoted_to_full);
    CHECK_THAT(done.notes.at(0), Catch::Contains("another database"));
    CHECK(f.restored(done.point) == sample_content(f.live()));
}

TEST_CASE("a damaged point is no base", "[job][backup]") {
    Backups f;
    const BackupDone first = f.take();
    f.catalog->record_verification({.point = first.point.id, .store = StoreName("local"), .at = f.clock.now(), .sound = false,
                                    .depth = "checksum", .detail = ""});
    f.request.kind = BackupKind::Incremental;
    CHECK_THAT(f.take().notes.at(0), Catch::Contains("is damaged"));
}

TEST_CASE("log backups are refused where the build has none", "[job][backup]") {
    Backups f;
    f.request.kind = BackupKind::Log;
    CHECK(f.refusal().code == ErrorCode::Unavailable);
}

TEST_CASE("the same key gives the same point", "[job][backup]") {
    Backups f;
    f.request.idempotency_key = "01run/2";
    const BackupDone first = f.take();
    CHECK(f.take().point.id == first.point.id);
    CHECK(f.sqlite->backups == 1);
    SECTION("also where a run was killed before it could record it") {
        f.catalog->remove_copy(first.point.id, StoreName("local"));
        f.catalog->set_last_done("writing orders", f.clock.now());
        REQUIRE(f.catalog->points(std::nullopt).empty());
        CHECK(f.take().point.id == first.point.id);
        CHECK(f.sqlite->backups == 1);
        CHECK(f.catalog->points(std::nullopt).size() == 1);
    }
    SECTION("but another key another one") {
        f.request.idempotency_key = "01run/3";
        CHECK(f.take().point.id != first.point.id);
    }
}

TEST_CASE("a database is backed up once at a time", "[job][backup]") {
    Backups f;
    const DatabaseLock other = DatabaseLock::take(f.installation(), f.request.database, "a full backup");
    const Error error = f.refusal();
    CHECK(error.code == ErrorCode::Busy);
    CHECK_THAT(error.message, Catch::Contains("database orders is locked: a full backup by "));
}

TEST_CASE("keeping a point for a while is written down with it", "[job][backup]") {
    Backups f;
    f.request.keep = parse_period("30d");
    const BackupDone done = f.take();
    CHECK(done.point.keep_until == f.clock.now() + 24h * 30);
    CHECK(f.repositories->of(StoreName("local")).point(done.point.database, done.point.id).point.keep_until == done.point.keep_until);
}

TEST_CASE("the environment's other stores get copies", "[job][backup]") {
    Backups f;
    f.spec().environment = EnvironmentName("prod");
    const BackupDone done = f.take();
    CHECK(done.point.copies == std::vector{StoreName("local"), StoreName("offsite")});
    CHECK(f.points_in("offsite") == 1);
    fs::remove_all(f.store_folder("local"));
    f.reopen();
    CHECK(store_to_read(f.installation(), done.point) == StoreName("offsite"));
    CHECK(f.restored(done.point) == sample_content(f.live()));
}

TEST_CASE("a copy that cannot be made is a note and the backup stands", "[job][backup]") {
    Backups f;
    f.spec().environment = EnvironmentName("prod");
    fs::create_directories(f.store_folder("offsite").parent_path());
    write_file_durably(f.store_folder("offsite"), as_bytes("a file in the folder's place"));
    const BackupDone done = f.take();
    CHECK(done.point.copies == std::vector{StoreName("local")});
    REQUIRE(done.notes.size() == 1);
    CHECK_THAT(done.notes.at(0), Catch::Contains("there is no copy in offsite yet") && Catch::Contains("tries again"));
}

TEST_CASE("a store that is not mounted is not taken for a new one", "[job][backup]") {
    Backups f;
    f.take();
    fs::remove_all(f.store_folder("local"));
    fs::create_directories(f.store_folder("local"));
    f.reopen();
    const Error error = f.refusal();
    CHECK(error.code == ErrorCode::Missing);
    CHECK_THAT(error.hint, Catch::Contains("mounted"));
    CHECK(fs::is_empty(f.store_folder("local")));
}

TEST_CASE("a stop leaves no point behind", "[job][backup]") {
    Backups f;
    std::stop_source stop;
    f.sqlite->after_back_up = [&](const Place&, const WorkContext&) { stop.request_stop(); };
    CHECK(f.refusal(stop.get_token()).code == ErrorCode::Cancelled);
    CHECK(f.catalog->points(std::nullopt).empty());
    CHECK(f.points_in("local") == 0);
    f.sqlite->after_back_up = {};
    CHECK(f.restored(f.take().point) == sample_content(f.live()));
}

TEST_CASE("a restore check leaves nothing behind and is recorded", "[job][check]") {
    Backups f;
    f.rules().verify.after_backup = VerifyDepth::Restore;
    const BackupDone done = f.take();
    const auto checks = f.catalog->verifications(done.point.id);
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].depth == "restore");
    CHECK(checks[0].sound);
    CHECK_THAT(checks[0].detail, Catch::Contains("integrity_check"));
    CHECK(fs::is_empty(f.state() / "verify"));
}

TEST_CASE("an integrity check is made as often as the policy asks", "[job][check]") {
    Backups f;
    f.rules().verify.integrity_every = parse_period("7d");
    CHECK(f.catalog->verifications(f.take().point.id).at(0).depth == "restore");
    f.clock.advance(24h * 6);
    CHECK(f.catalog->verifications(f.take().point.id).at(0).depth == "checksum");
    f.clock.advance(24h);
    CHECK(f.catalog->verifications(f.take().point.id).at(0).depth == "restore");
}

TEST_CASE("without verification a point is unchecked", "[job][check]") {
    Backups f;
    f.rules().verify.after_backup = VerifyDepth::None;
    const BackupDone done = f.take();
    CHECK(done.point.soundness == Soundness::Unchecked);
    CHECK(f.catalog->verifications(done.point.id).empty());
}

TEST_CASE("a backup of a corrupt database fails its check and takes nobody's place", "[job][check]") {
    Backups f;
    f.rules().verify.after_backup = VerifyDepth::Restore;
    const BackupDone good = f.take();
    f.clock.advance(1h);
    {
        Connection::open_own(f.live()).execute("PRAGMA wal_checkpoint(TRUNCATE)");
        File file = File::open(f.live(), File::Mode::ReadWrite);
        const std::uint64_t pages = file.size() / 4096;
        const Bytes rubbish(3000, std::byte{0x5a});
        for (std::uint64_t page = 2; page < pages; page += 5) file.write_at(page * 4096, rubbish);
    }
    CHECK(f.refusal().code == ErrorCode::Corrupt);
    REQUIRE(f.catalog->points(std::nullopt).size() == 2);
    CHECK(f.catalog->points(std::nullopt).at(0).soundness == Soundness::Damaged);
    CHECK(find_point(f.installation(), f.request.database, std::nullopt).id == good.point.id);
}

TEST_CASE("the base is the newest point of the same database in that store", "[job][base]") {
    Backups f;
    const std::string identity = f.sqlite->probe(live_place_of(f.spec())).identity;
    const auto choose = [&](const std::string& wanted) { return choose_base(f.installation(), f.spec().name, StoreName("local"), wanted); };
    f.take();
    f.clock.advance(1h);
    const PointId newest = f.take().point.id;
    CHECK(choose(identity).base == newest);
    CHECK_FALSE(choose("another").base);
    CHECK_FALSE(choose_base(f.installation(), f.spec().name, StoreName("offsite"), identity).base);
    f.repositories->of(StoreName("local")).forget(f.spec().name, newest);
    CHECK(choose(identity).base == f.catalog->points(std::nullopt).at(1).id);
}

TEST_CASE("an empty store that nobody knows becomes a repository", "[job][open]") {
    Backups f;
    const std::string id = open_for_writing(f.installation(), StoreName("offsite")).id();
    f.reopen();
    CHECK(open_for_writing(f.installation(), StoreName("offsite")).id() == id);
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z", {"local"}));
    CHECK_THROWS_AS(open_for_writing(f.installation(), StoreName("local")), Error);
}

TEST_CASE("a scheduled backup carries its slot and key into the store", "[job][backup]") {
    Backups f;
    const DatabaseLock lock = DatabaseLock::take(f.installation(), f.spec().name, "a backup");
    const BackupDone done = take_backup(f.installation(), {.database = f.spec(), .kind = {}, .slot = f.clock.now(), .keep_until = {}, .why = "its slot has come", .key = "orders/full/x"},
                                        lock, f.progress, {});
    const Provenance stored = f.repositories->of(StoreName("local")).point(f.spec().name, done.point.id).point.provenance;
    CHECK(stored == done.point.provenance);
    CHECK(stored.slot == f.clock.now());
    CHECK(stored.key == "orders/full/x");
    CHECK_FALSE(f.catalog->last_done("writing orders"));
}

TEST_CASE("bytes that were spoiled on the way to the store fail the check", "[job][check]") {
    Backups f;
    f.rules().verify.after_backup = VerifyDepth::None;
    const BackupDone done = f.take();
    f.spoil("local");
    f.reopen();
    f.rules().verify.after_backup = VerifyDepth::Checksum;
    CHECK_THROWS_AS(check_backup(f.installation(), done.point, StoreName("local"), f.progress, {}), Error);
    CHECK(f.catalog->point(done.point.id)->soundness == Soundness::Damaged);
}

TEST_CASE("a backup after damage was found does not rely on the damaged bytes", "[job][backup][damage]") {
    Backups f;
    f.take();
    f.spoil("local");
    f.reopen();
    REQUIRE_FALSE(verify_points(f.installation(), {.points = {}, .sample = 1.0, .store = {}}, f.progress, {}).ok());
    f.clock.advance(1h);
    const BackupDone done = f.take();
    CHECK(done.point.kind == BackupKind::Full);
    CHECK(f.repositories->of(StoreName("local")).verify({done.point.id}, 1.0, f.progress, {}).ok());
    CHECK(f.restored(done.point) == sample_content(f.live()));
}
