#include "engine/operations/doctor.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/secret_source.hpp"
#include "engine/operations/kept_logs.hpp"
#include "engine/operations/standby_health.hpp"
#include "engine/repository/repair_settings.hpp"

namespace holdfast {
namespace {

using Diagnoses = std::vector<Diagnosis>;

// Whatever `look` says is the answer; an Error that leaves it is one too.
void ask(Diagnoses& all, const std::string& subject, const std::function<std::string()>& look) {
    try {
        all.push_back({subject, true, look(), ""});
    } catch (const Error& error) {
        all.push_back({subject, false, error.message, error.hint});
    }
}

// Before this a clock cannot have been set: the year in which this was written.
constexpr Instant kSaneBegin = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);
constexpr Instant kSaneEnd = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);

std::string clock_says(const Clock& clock, const Catalog* catalog) {
    const Instant now = clock.now();
    if (now < kSaneBegin || now > kSaneEnd) {
        throw Error(ErrorCode::Io, fmt::format("the clock says {}", to_rfc3339(now)), "Set it; slots and retention depend on it.");
    }
    if (catalog != nullptr) {
        const auto points = catalog->points(std::nullopt);
        if (!points.empty() && points.front().instant > now + std::chrono::minutes(1)) {
            throw Error(ErrorCode::Io, fmt::format("the clock says {}, but there is a point of {}", to_rfc3339(now),
                                                   to_rfc3339(points.front().instant)),
                        "The clock was moved back. Nothing is expired until it is right again.");
        }
    }
    return to_rfc3339(now);
}

std::size_t points_known_in(const Workplace& workplace, const StoreName& store) {
    const auto points = workplace.catalog().points(std::nullopt);
    return static_cast<std::size_t>(std::ranges::count_if(points, [&](const RecoveryPoint& point) { return std::ranges::find(point.copies, store) != point.copies.end(); }));
}

void refuse_missing_repository(const Workplace& workplace, const StoreSpec& spec, Store& store) {
    const std::size_t known = points_known_in(workplace, spec.name);
    if (known == 0 || has_lost_settings(store)) return;
    throw Error(ErrorCode::Missing,
                fmt::format("the repository that held {} is missing: there is none in {}", counted(known, "recovery point"), store.traits().description),
                "Mount it, put it back, or correct the store's url, and ask again. Only where it is lost for good: `runbook catalog rebuild --lost " + spec.name.str() + "` forgets the "
                "points that were nowhere else, then take a full backup at once.");
}

std::string store_says(const Workplace& workplace, const StoreSpec& spec) {
    Store& store = workplace.installation().repositories.store(spec.name);
    const auto free = store.free_bytes();
    if (!Repository::exists(store)) refuse_missing_repository(workplace, spec, store);
    if (!Repository::exists(store) && !has_lost_settings(store)) {
        return fmt::format("reachable, no repository in it yet{}", free ? fmt::format(", {} free", format_bytes(*free)) : "");
    }
    Repository& repository = workplace.installation().repositories.of(spec.name);
    return fmt::format("the key opens repository {}, {} stored{}", repository.id(), format_bytes(repository.stored_bytes()),
                       free ? fmt::format(", {} free", format_bytes(*free)) : "");
}

// A store that has less room than twice the largest backup so far is about to fail.
void ask_about_room(Diagnoses& all, const Workplace& workplace, const StoreSpec& spec) {
    std::uint64_t largest = 0;
    for (const RecoveryPoint& point : workplace.catalog().points(std::nullopt)) largest = std::max(largest, point.stored_bytes);
    ask(all, fmt::format("room in store {}", spec.name.str()), [&] {
        const auto free = workplace.installation().repositories.store(spec.name).free_bytes();
        if (!free) return std::string("the store does not tell");
        if (*free < 2 * largest || *free < (64U << 20)) {
            throw Error(ErrorCode::DiskFull, fmt::format("{} free, the largest backup took {}", format_bytes(*free), format_bytes(largest)),
                        "Make room, or keep fewer points: runbook expire --dry-run");
        }
        return fmt::format("{} free", format_bytes(*free));
    });
}

void ask_about_writing(Diagnoses& all, const Workplace& workplace, const StoreSpec& spec) {
    ask(all, fmt::format("writing to store {}", spec.name.str()), [&] {
        Store& store = workplace.installation().repositories.store(spec.name);
        const std::string name = "doctor-probe";
        store.put(name, as_bytes("probe"));
        const Bytes back = store.get(name, 64);
        store.remove(name);
        if (as_text(back) != "probe") throw Error(ErrorCode::Corrupt, "what was written came back changed", "Check the disk or the network.");
        return std::string("written, read back, removed");
    });
}

void ask_about_database(Diagnoses& all, const Workplace& workplace, const DatabaseSpec& database) {
    ask(all, fmt::format("database {}", database.name.str()), [&] {
        Provider& provider = workplace.built().providers.of(database.engine);
        const ProbeResult probe = provider.probe(live_place_of(database));
        return fmt::format("{}, {}", probe.version, format_bytes(probe.bytes));
    });
}

void ask_about_standby(Diagnoses& all, const Workplace& workplace, const DatabaseSpec& database) {
    if (database.standby.connection.empty()) return;
    try {
        StandbyEngine& engine = standby_engine_of(workplace.built().providers.of(database.engine));
        all.push_back(judge_standby(database, engine.look_at_standby(database.standby.connection, {})));
    } catch (const Error& error) {
        all.push_back({fmt::format("standby of {}", database.name.str()), false, error.message, error.hint});
    }
}

void ask_about_kept_logs(Diagnoses& all, const Workplace& workplace) {
    std::vector<KeptLogs> kept;
    for (const DatabaseSpec& database : workplace.policy().databases) {
        auto* const engine = dynamic_cast<WalEngine*>(&workplace.built().providers.of(database.engine));
        if (engine == nullptr) continue;
        try {
            kept.push_back({database.name, engine->kept_wal(live_place_of(database))});
        } catch (const Error&) {
            continue;   // The line of the database itself says why it does not answer.
        }
    }
    for (Diagnosis& line : judge_kept_logs(kept)) all.push_back(std::move(line));
}

void repair_store(Diagnoses& all, const Workplace& workplace, const StoreSpec& spec) {
    ask(all, fmt::format("repair of store {}", spec.name.str()), [&] {
        Store& store = workplace.installation().repositories.store(spec.name);
        if (!Repository::exists(store) && !has_lost_settings(store)) return std::string("there is no repository to repair");
        const EncryptionSpec& encryption = workplace.policy().encryption;
        const MasterKey key = encryption.enabled ? MasterKey{fetch_secret(encryption.key)} : MasterKey{};
        RepositoryOptions options;
        options.clock = &workplace.built().clock;
        options.use_aes = encryption.enabled;
        if (!repair_settings(store, key, options)) return std::string("repository.json is sound and was left as it is");
        workplace.catalog().audit("doctor.repair", spec.name.str(), "repository.json put back from the repository's key");
        return std::string("repository.json was put back from the copy that the repository's key seals");
    });
}

void examine_workplace(Diagnoses& all, const Workplace& workplace, bool repair) {
    ask(all, "clock", [&] { return clock_says(workplace.built().clock, &workplace.catalog()); });
    ask(all, "catalog", [&] {
        const AuditReport audit = workplace.catalog().verify_audit();
        if (!audit.ok()) {
            throw Error(ErrorCode::Corrupt, fmt::format("the audit chain is broken at entry {}: {}", *audit.broken_at, audit.why),
                        "Somebody changed the catalog's record. See: runbook audit show");
        }
        return fmt::format("{}, audit chain of {} unbroken", counted(workplace.catalog().points(std::nullopt).size(), "point"),
                           counted(static_cast<std::uint64_t>(audit.entries), "link"));
    });
    if (workplace.policy().encryption.enabled) {
        ask(all, "key", [&] {
            fetch_secret(workplace.policy().encryption.key);
            return fmt::format("there, from {}", to_text(workplace.policy().encryption.key));
        });
    }
    for (const StoreSpec& spec : workplace.policy().stores) {
        if (repair) repair_store(all, workplace, spec);
        ask(all, fmt::format("store {}", spec.name.str()), [&] { return store_says(workplace, spec); });
        if (!all.back().ok) continue;
        ask_about_writing(all, workplace, spec);
        ask_about_room(all, workplace, spec);
    }
    for (const DatabaseSpec& database : workplace.policy().databases) {
        ask_about_database(all, workplace, database);
        ask_about_standby(all, workplace, database);
    }
    ask_about_kept_logs(all, workplace);
}

}  // namespace

std::vector<Diagnosis> examine(const Built& built, const fs::path& policy_folder, bool repair) {
    Diagnoses all;
    std::unique_ptr<Workplace> workplace;
    ask(all, "policy", [&] {
        LoadedPolicy loaded = require_policy(built, policy_folder);
        const std::string says = fmt::format("{}, {}", policy_folder.string(), counted(loaded.policy.databases.size(), "database"));
        workplace = std::make_unique<Workplace>(built, std::move(loaded.policy));
        return says;
    });
    if (workplace) examine_workplace(all, *workplace, repair);
    else ask(all, "clock", [&] { return clock_says(built.clock, nullptr); });
    return all;
}

}  // namespace holdfast
