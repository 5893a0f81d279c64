#include "engine/operations/drill_world.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/sqlite/identifier.hpp"
#include "engine/sqlite/row_counts.hpp"
#include "engine/storage/read_only_store.hpp"

namespace holdfast {
namespace {

const StoreName kScratchStore{"drill-scratch"};
constexpr std::size_t kRowsDeleted = 100;
constexpr std::size_t kPagesTriedMax = 50;
constexpr std::string_view kLeases = "locks/";

Policy scratch_policy(const Policy& real, const DatabaseSpec& database, const fs::path& folder) {
    Policy policy = real;
    policy.state = folder / "state";
    DatabaseSpec scratch = database;
    scratch.application.probe_command.clear();   // It may ask the real application.
    // Nobody may reach the real server by it.
    scratch.connection.clear();
    scratch.server = {};
    scratch.standby = {};
    scratch.path = (folder / "live" / "database.db").string();
    policy.databases = {scratch};
    policy.stores.push_back({.name = kScratchStore, .url = "file://" + (folder / "store").string(), .site = "", .lock = {}});
    for (EnvironmentSpec& environment : policy.environments) {
        environment.copies = {kScratchStore};
        environment.floor.approvals = 0;   // Nothing real is at stake; whoever runs the drill answers.
    }
    for (BackupPolicy& rules : policy.policies) rules.verify = {.after_backup = VerifyDepth::Checksum, .integrity_every = {}};
    policy.drills.clear();
    policy.notify.clear();
    return policy;
}

StoreRegistry read_only(const StoreRegistry& real) {
    StoreRegistry registry;
    for (const std::string& scheme : real.schemes()) {
        registry.add(scheme, [&real](const StoreSpec& spec) {
            auto store = real.open(spec);
            return spec.name == kScratchStore ? std::move(store) : make_read_only_store(std::move(store), std::string(kLeases), "a drill changes nothing in it");
        });
    }
    return registry;
}

void copy_what_is_known(const Catalog& from, Catalog& to, const DatabaseName& database) {
    for (const RecoveryPoint& point : from.points(database)) to.put_point(point);
    const std::vector<Verification> checks = from.verifications(std::nullopt);
    for (auto check = checks.rbegin(); check != checks.rend(); ++check) to.record_verification(*check);   // Those of others find no point.
    for (const LogWindow& window : from.windows(database)) to.put_window(window);
}

// The table with most rows whose rows can be named.
std::string table_to_thin(Connection& database) {
    std::string best;
    std::uint64_t most = 0;
    for (const auto& [table, rows] : count_rows(database).value_or(RowCounts{})) {
        if (rows <= most) continue;
        const bool has_rowid = database.integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name = ?1 AND wr = 0", table) == 1;
        const bool has_key = database.integer("SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0", table).value_or(0) > 0;
        if (!has_rowid || !has_key) continue;
        best = table;
        most = rows;
    }
    return best;
}

std::string delete_rows(const DrillWorld& world) {
    Connection database = Connection::open(world.live(), OpenMode::ReadWrite);
    database.set_triggers(false);
    const std::string table = table_to_thin(database);
    if (table.empty()) throw Error(ErrorCode::CannotRecover, "no table with a key has rows: nothing can be deleted by mistake", "Drill another runbook, such as total-failure.");
    database.run(fmt::format("DELETE FROM {0} WHERE rowid IN (SELECT rowid FROM {0} ORDER BY rowid LIMIT ?1)", quote_identifier(table)), kRowsDeleted);
    return fmt::format("{} of table {} were deleted in the scratch copy", counted(static_cast<std::uint64_t>(database.changes()), "row"), printable(table, 60));
}

// Which pages the check looks at is not said anywhere: pages are tried until it complains.
std::string damage_a_page(const DrillWorld& world, const Place& live, Progress& progress, const CancelToken& cancel) {
    const Installation& scratch = world.installation();
    const std::uint64_t page_bytes = [&] {
        Connection database = Connection::open(world.live(), OpenMode::ReadWrite);
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return static_cast<std::uint64_t>(database.integer("PRAGMA page_size").value_or(4096));
    }();
    const std::uint64_t pages = fs::file_size(world.live()) / page_bytes;
    const Bytes rubbish(page_bytes, std::byte{0xa5});
    for (std::uint64_t tried = 0, page = pages; page > 2 && tried < kPagesTriedMax; ++tried, --page) {
        File file = File::open(world.live(), File::Mode::ReadWrite);
        Bytes before(page_bytes);
        file.read_at((page - 1) * page_bytes, before);
        file.write_at((page - 1) * page_bytes, rubbish);
        if (!scratch.providers.of(live.engine).check_integrity(live, {.clock = scratch.clock, .progress = progress, .cancel = cancel}).sound()) return fmt::format("page {} of the scratch copy was overwritten", page);
        file.write_at((page - 1) * page_bytes, before);
    }
    throw Error(ErrorCode::CannotRecover, "no page could be damaged so that a check notices", "The database is too small. Drill another runbook, such as total-failure.");
}

}  // namespace

DrillWorld::DrillWorld(const Workplace& workplace, const DatabaseSpec& database, fs::path folder) : folder_(std::move(folder)), stores_(read_only(workplace.built().stores)) {
    const Installation& real = workplace.installation();
    real.providers.of(database.engine);   // Before anything is made.
    policy_ = scratch_policy(workplace.policy(), database, folder_);
    for (const char* part : {"state", "live", "restored", "store"}) make_private_folders(folder_ / part);
    catalog_ = Catalog::open(policy_.state / "catalog.db", real.clock);
    copy_what_is_known(real.catalog, *catalog_, database.name);
    repositories_ = std::make_unique<Repositories>(policy_, stores_, real.clock, policy_.state);
    installation_ = std::make_unique<Installation>(Installation{.policy = policy_, .catalog = *catalog_, .repositories = *repositories_, .providers = real.providers, .clock = real.clock,
                                                                .state = policy_.state, .from_store_alone = false, .is_drill = true, .provenance = real.provenance});
}

// Servers over what was brought back go with it.
DrillWorld::~DrillWorld() { end_scratch_servers(installation_->providers, folder_); }

void end_scratch_servers(const ProviderRegistry& providers, const fs::path& folder) {
    std::error_code nothing;
    std::vector<fs::path> places{folder / "restored", folder / "live"};
    for (const auto& run : fs::directory_iterator(folder / "state" / "copies", nothing)) places.push_back(run.path());
    for (const fs::path& place : places) {
        for (const EngineKind engine : providers.engines()) {
            try {
                providers.of(engine).close_copies(place);
            } catch (const std::exception& error) {   // Nobody is there to be told; whoever looks for the folder finds what is left.
                log_warning("a server over the scratch copy in {} goes on: {}", place.string(), error.what());
            }
        }
    }
}

fs::path DrillWorld::live() const { return policy_.databases.front().path; }

StagedDisaster disaster_answered_by(const Policy& policy, const std::string& runbook) {
    const auto scenario = std::ranges::find(policy.scenarios, runbook, &ScenarioSpec::runbook);
    const std::string& name = scenario == policy.scenarios.end() ? runbook : scenario->name;
    if (name == "accidental-deletion") return StagedDisaster::AccidentalDeletion;
    if (name == "corruption") return StagedDisaster::Corruption;
    return name == "total-failure" ? StagedDisaster::TotalFailure : StagedDisaster::None;
}

std::string stage_disaster(const DrillWorld& world, StagedDisaster disaster, const RecoveryTarget& state, Progress& progress, const CancelToken& cancel) {
    if (disaster == StagedDisaster::TotalFailure) return "the scratch machine has no database";
    const DatabaseSpec& spec = world.installation().policy.databases.front();
    if (spec.engine != EngineKind::Sqlite) {
        throw Error(ErrorCode::Unavailable, fmt::format("this build drills {} by total failure alone: no other disaster is staged in a scratch server yet", name_of(spec.engine)),
                    fmt::format("Drill that: runbook drill total-failure --database {}", spec.name.str()));
    }
    restore_point(world.installation(), {.point = state.point, .to = world.live().string(), .delta = false, .store = std::nullopt, .log = state.log, .over_live = true}, progress, cancel);
    const Place live = live_place_of(spec);
    if (disaster == StagedDisaster::AccidentalDeletion) return delete_rows(world);
    if (disaster == StagedDisaster::Corruption) return damage_a_page(world, live, progress, cancel);
    return "the scratch copy is as it was backed up";
}

}  // namespace holdfast
