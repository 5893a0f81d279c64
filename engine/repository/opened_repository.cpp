// Repository over its parts: each call is a few lines here and a file of its own below.
#include <thread>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/collect.hpp"
#include "engine/repository/log_check.hpp"
#include "engine/repository/marks.hpp"
#include "engine/repository/pins.hpp"
#include "engine/repository/point_reader.hpp"
#include "engine/repository/point_writer.hpp"
#include "engine/repository/repair_settings.hpp"
#include "engine/repository/repository_logs.hpp"
#include "engine/repository/verify.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {
namespace {

constexpr Duration kKeyGrace = std::chrono::hours(24);

class OpenedRepository final : public Repository {
public:
    OpenedRepository(Store& store, std::unique_ptr<Keyring> keys, const RepositoryOptions& options)
        : store_(store), keys_(std::move(keys)), options_(options), logs_(store_, *keys_, options_) {
        if (options_.workers == 0) options_.workers = std::max(1u, std::thread::hardware_concurrency());
        if (!options_.cache.empty()) options_.cache /= id();
    }

    std::string id() const override { return keys_->settings().id; }

    std::unique_ptr<ImageWriter> begin_image(const DatabaseName& database, const CompressionSpec& compression, std::optional<PointId> base,
                                             Progress& progress, CancelToken cancel) override {
        keys_->reload();
        const SessionPlace place{.store = &store_,
                                 .keys = keys_.get(),
                                 .clock = options_.clock,
                                 .cache = options_.cache.empty() ? fs::path() : options_.cache / escape_database(database),
                                 .workers = options_.workers,
                                 .database = database};
        return std::make_unique<PointWriter>(place, compression, base, progress, std::move(cancel));
    }

    std::vector<PointManifest> points(const std::optional<DatabaseName>& database) override {
        keys_->reload();
        std::vector<PointManifest> manifests;
        const std::vector<PointName> names = list_points(store_, database);
        const std::map<PointName, Pin> pins = read_pins(store_, keys_->sealing(), database);
        for (const PointName& name : names) {
            try {
                manifests.push_back(read_point_manifest(store_, *keys_, name));
                if (const auto pin = pins.find(name); pin != pins.end()) lay_over(manifests.back().point, pin->second);
            } catch (const Error& error) {
                const bool skip = error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing || error.code == ErrorCode::CannotRecover;
                if (!skip) throw;
                // The others must stay usable; verify() names this one.
                log_warning("a recovery point is left out: {}", error.message);
            }
        }
        return manifests;
    }

    PointManifest point(const DatabaseName& database, const PointId& id) override {
        require_data_key(database);
        PointManifest manifest = read_point_manifest(store_, *keys_, {database, id});
        if (const auto decided = pin(database, id)) lay_over(manifest.point, *decided);
        return manifest;
    }

    std::optional<Pin> pin(const DatabaseName& database, const PointId& id) override { return read_pin(store_, keys_->sealing(), {database, id}); }

    void set_pin(const DatabaseName& database, const PointId& id, const Pin& pin) override {
        const PointName name{database, id};
        put_pin(store_, keys_->sealing(), name, pin);
        // Looked at afterwards: whoever removes the point meanwhile removes the pin after it.
        if (store_.look_at(point_object(database, id))) return;
        remove_pin(store_, name);
        throw Error(ErrorCode::Missing, fmt::format("there is no recovery point {} of {}", id.str(), database.str()));
    }

    std::unique_ptr<ImageReader> read_image(const DatabaseName& database, const PointId& id) override {
        require_data_key(database);
        // Before the point is read: it is listed then, so nothing that it needs goes as long as the lease lasts.
        auto lease = try_reader_lease({&store_, keys_->sealing(), options_.clock}, "reading a point of " + database.str());
        return std::make_unique<PointReader>(store_, *keys_, read_point(store_, *keys_, {database, id}), options_.workers, std::move(lease));
    }

    bool forget(const DatabaseName& database, const PointId& id) override {
        fault_point("repository.forget.before");
        const bool was_there = store_.remove(point_object(database, id));
        fault_point("repository.forget.after");
        remove_pin(store_, {database, id});
        return was_there;
    }

    std::unique_ptr<LogWriter> begin_log(const DatabaseName& database, const PointId& base) override {
        keys_->reload();
        return logs_.begin(database, base);
    }
    std::unique_ptr<LogWriter> continue_log(const DatabaseName& database, const LogStreamId& stream) override {
        keys_->reload();
        return logs_.go_on(database, stream);
    }
    std::vector<LogStreamFacts> log_streams(const DatabaseName& database) override {
        require_data_key(database);
        return logs_.streams(database);
    }
    std::optional<Instant> newest_in_logs(const DatabaseName& database) override {
        require_data_key(database);
        return logs_.newest(database);
    }
    void read_log(const DatabaseName& database, const LogStreamId& stream, std::uint64_t first, std::uint64_t last, bool with_pages,
                  const std::function<bool(const LogTransaction&)>& visit) override {
        require_data_key(database);
        logs_.read(database, stream, first, last, with_pages, visit);
    }
    std::unique_ptr<ImageReader> read_image_at(const DatabaseName& database, const PointId& point, const LogPosition& until) override {
        require_data_key(database);
        auto lease = try_reader_lease({&store_, keys_->sealing(), options_.clock}, "reading the log of " + database.str());
        return logs_.image_at(database, point, until, std::move(lease));
    }
    CompactReport compact_log(const DatabaseName& database, const LogStreamId& stream, const CompactRequest& request, Progress& progress,
                              CancelToken cancel) override {
        require_data_key(database);
        return logs_.compact(database, stream, request, progress, cancel);
    }
    bool forget_log(const DatabaseName& database, const LogStreamId& stream) override { return logs_.forget(database, stream); }
    std::uint64_t copy_log(const DatabaseName& database, const LogStreamId& stream, Repository& to, Progress& progress, CancelToken cancel) override {
        require_data_key(database);
        auto* target = dynamic_cast<OpenedRepository*>(&to);
        HOLDFAST_CHECK(target != nullptr);
        target->keys_->reload();
        return logs_.copy(database, stream, target->logs_, progress, cancel);
    }

    std::unique_ptr<WalArchive> wal(const DatabaseName& database) {
        keys_->reload();
        return std::make_unique<WalArchive>(store_, *keys_, *options_.clock, database);
    }

    VerifyReport verify(const std::vector<PointId>& points, double sample, Progress& progress, CancelToken cancel) override {
        VerifyReport report =
            verify_repository(store_, *keys_, {.points = points, .sample = sample, .only_added = false, .workers = options_.workers}, progress, cancel);
        note_damage(report, points.empty() && sample >= 1.0);
        return report;
    }

    VerifyReport verify_added(const PointId& point, Progress& progress, CancelToken cancel) override {
        VerifyReport report =
            verify_repository(store_, *keys_, {.points = {point}, .sample = 1.0, .only_added = true, .workers = options_.workers}, progress, cancel);
        note_damage(report, false);
        return report;
    }

    CollectReport collect(Duration grace, double repack_below, Progress& progress, CancelToken cancel) override {
        Collector collector(store_, *keys_, *options_.clock, progress, std::move(cancel));
        keys_->reload();
        CollectReport report = collector.run({.grace = grace, .repack_below = repack_below, .destroyed = std::nullopt});
        keys_->destroy_announced();
        const RemovedLogs logs = remove_dead_logs(store_, *keys_, options_.clock->now(), grace, {});
        report.leftovers_removed += logs.objects;
        report.bytes_freed += logs.bytes;
        const RemovedWal wal = remove_destroyed_wal(store_, *keys_, {});
        report.leftovers_removed += wal.objects;
        report.bytes_freed += wal.bytes;
        return report;
    }

    std::uint64_t stored_bytes() override {
        std::uint64_t bytes = 0;
        store_.list("", [&](const ObjectFacts& facts) { bytes += facts.bytes; });
        return bytes;
    }

    std::vector<KeyFacts> keys() override { return keys_->master_keys(); }
    std::string add_key(const MasterKey& key, const std::string& comment) override {
        return keys_->add_master_key(key, comment, options_.clock->now());
    }
    std::string rotate_key(const MasterKey& key, const std::string& comment) override {
        return keys_->rotate_master_key(key, comment, options_.clock->now());
    }
    void remove_key(const std::string& id) override { keys_->remove_master_key(id); }

    // Announced first, so that no new backup builds on its packs; then what others need is copied under their keys;
    // then the key goes, its points, and its packs.
    void destroy_database_key(const DatabaseName& database) override {
        NoProgress quiet;
        Collector collector(store_, *keys_, *options_.clock, quiet, {});
        keys_->reload();
        keys_->announce_destruction(database, options_.clock->now());
        collector.run({.grace = kKeyGrace, .repack_below = 0, .destroyed = database});
        keys_->destroy_announced();
        remove_dead_logs(store_, *keys_, options_.clock->now(), kKeyGrace, {});
        remove_destroyed_wal(store_, *keys_, {});
        std::error_code ignored;   // Fingerprints of a database that is gone; they are sealed, and pruned in time.
        if (!options_.cache.empty()) fs::remove_all(options_.cache / escape_database(database), ignored);
    }

private:
    // New backups must not rely on damaged packs, or they would be damaged from birth. Notes of packs that have been read
    // whole since, and are sound again, are taken back.
    void note_damage(const VerifyReport& report, bool everything_was_read) {
        const LeasePlace place{&store_, keys_->sealing(), options_.clock};
        std::set<PackId> damaged;
        try {
            for (const Damage& damage : report.damage) {
                const auto pack = damage.object.starts_with(kPacksPrefix) ? pack_of_object(damage.object) : std::nullopt;
                if (pack && damaged.insert(*pack).second) note_damaged_pack(place, *pack, options_.clock->now());
            }
            if (!everything_was_read) return;
            for (const PackId& pack : read_damaged_packs(store_)) {
                if (!damaged.contains(pack)) remove_damage_note(store_, pack);
            }
        } catch (const Error& error) {
            // What was found is told all the same: a store that is only read can be verified as well.
            log_warning("which packs are damaged is not noted in the store: {}", error.message);
        }
    }

    // Another process may have made it since.
    void require_data_key(const DatabaseName& database) {
        if (keys_->keys_of(database).empty()) keys_->reload();
    }

    Store& store_;
    std::unique_ptr<Keyring> keys_;
    RepositoryOptions options_;
    RepositoryLogs logs_;
};

[[noreturn]] void fail_made_meanwhile(Store& store) {
    throw Error(ErrorCode::AlreadyExists, fmt::format("another process has just made a repository in {}", store.traits().description),
                "Run it again to use that one.");
}

// A new repository in the same store would take away the keys of those backups.
void refuse_orphans(Store& store) {
    if (!has_lost_settings(store)) return;
    throw Error(ErrorCode::Corrupt, fmt::format("there are backups in {}, but {} is missing", store.traits().description, kSettingsObject),
                std::string(kRepairHint));
}

}  // namespace

std::unique_ptr<WalArchive> wal_of(Repository& repository, const DatabaseName& database) {
    auto* opened = dynamic_cast<OpenedRepository*>(&repository);
    HOLDFAST_CHECK(opened != nullptr);
    return opened->wal(database);
}

bool Repository::exists(Store& store) { return store.look_at(std::string(kSettingsObject)).has_value(); }

std::unique_ptr<Repository> Repository::create(Store& store, const MasterKey& key, const RepositoryOptions& options) {
    HOLDFAST_CHECK(options.clock != nullptr);
    if (exists(store)) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("there is a repository already in {}", store.traits().description));
    }
    refuse_orphans(store);
    if (exists(store)) fail_made_meanwhile(store);
    RepositorySettings settings;
    settings.created = options.clock->now();
    settings.id = new_ulid(to_millis(settings.created));
    settings.suite = options.use_aes ? Suite::Aes256Gcm : Suite::Checksum;
    std::unique_ptr<Keyring> keys = Keyring::create(store, settings, key, settings.created);
    fault_point("repository.create.before");
    if (!store.put_if_absent(std::string(kSettingsObject), as_bytes(to_json(settings)))) {
        fail_made_meanwhile(store);
    }
    fault_point("repository.create.after");
    keys->remove_keys_of_others();
    return std::make_unique<OpenedRepository>(store, std::move(keys), options);
}

std::unique_ptr<Repository> Repository::open(Store& store, const MasterKey& key, const RepositoryOptions& options) {
    HOLDFAST_CHECK(options.clock != nullptr);
    if (!exists(store)) {
        refuse_orphans(store);
        throw Error(ErrorCode::Missing, fmt::format("there is no repository in {}", store.traits().description));
    }
    const Bytes json = store.get(std::string(kSettingsObject), kSmallObjectBytesMax);
    const RepositorySettings settings = parse_settings(as_text(json));
    if (options.use_aes && settings.suite == Suite::Checksum) {
        throw Error(ErrorCode::NotPermitted, fmt::format("the repository in {} is not encrypted, but the policy says it is", store.traits().description),
                    "Make a new repository in another store, or say `encryption: none` in the policy. If it used to be encrypted, somebody has tampered with it.");
    }
    return std::make_unique<OpenedRepository>(store, Keyring::open(store, settings, key), options);
}

}  // namespace holdfast
