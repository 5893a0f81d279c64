#include "engine/job/take_backup.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/check_backup.hpp"
#include "engine/job/choose_base.hpp"
#include "engine/job/database_clock.hpp"
#include "engine/job/image_bridge.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/recovery/record_work.hpp"

namespace holdfast {
namespace {

// Which kind is taken, on what base.
struct KindChoice {
    BackupKind kind = BackupKind::Full;
    std::optional<PointId> base;
    bool promoted = false;
    std::string note;
};

// One of whatever is there now: it builds on nothing, and nothing on it.
bool stands_alone(BackupKind kind) { return kind == BackupKind::Full || kind == BackupKind::Raw || kind == BackupKind::Logical; }

void require_can_run(const Provider& provider, BackupKind kind) {
    if (kind == BackupKind::Full || kind == BackupKind::Incremental || kind == BackupKind::Raw) return;
    if (kind == BackupKind::Logical && provider.traits().can_logical) return;
    throw Error(ErrorCode::Unavailable,
                fmt::format("{} backups of {} are not in this build", name_of(kind), name_of(provider.engine())),
                "Use full and incremental backups.");
}

KindChoice choose_kind(const Installation& installation, const BackupTask& task, Provider& provider, const StoreName& store,
                       const std::string& identity) {
    if (task.kind) require_can_run(provider, *task.kind);
    if (task.kind && stands_alone(*task.kind)) return {.kind = *task.kind, .base = {}, .promoted = false, .note = {}};
    const bool asked = task.kind.has_value();
    const auto as_full = [&](const std::string& why) {
        if (!asked) return KindChoice{};
        return KindChoice{.kind = BackupKind::Full, .base = {}, .promoted = true,
                          .note = fmt::format("a full backup was taken instead of an incremental one: {}", why)};
    };
    if (!provider.traits().can_incremental) return as_full(fmt::format("{} has no incremental backups", name_of(provider.engine())));
    const BaseChoice choice = choose_base(installation, task.database.name, store, identity);
    if (!choice.base) return as_full(choice.why_none);
    return {.kind = BackupKind::Incremental, .base = choice.base, .promoted = false, .note = {}};
}

// The point that an earlier attempt with the same key has made. One that turned out damaged does not count.
std::optional<RecoveryPoint> find_done(const Installation& installation, const BackupTask& task) {
    if (task.key.empty()) return std::nullopt;
    auto known = installation.catalog.point_by_key(task.database.name, task.key);
    return known && known->soundness != Soundness::Damaged ? known : std::nullopt;
}

// Stands in the catalog from before a point is committed to the store until it is recorded.
std::string writing_mark(const DatabaseName& database) { return "writing " + database.str(); }

// Records what a run that was killed between store and catalog has left in the store.
void adopt_unrecorded(const Installation& installation, const DatabaseName& database, const StoreName& store) {
    if (!installation.catalog.last_done(writing_mark(database))) return;
    if (!Repository::exists(installation.repositories.store(store))) return;
    for (PointManifest& manifest : installation.repositories.of(store).points(database)) {
        if (installation.catalog.point(manifest.point.id)) continue;
        manifest.point.copies = {store};
        installation.catalog.put_point(manifest.point);
        installation.catalog.audit("backup.adopt", database.str(), fmt::format("{} was in {} and not in the catalog", manifest.point.id.str(), store.str()));
    }
    installation.catalog.clear_last_done(writing_mark(database));
}

Provenance provenance_of(const Installation& installation, const BackupTask& task) {
    Provenance provenance = installation.provenance;
    provenance.slot = task.slot;
    provenance.why = task.why;
    provenance.key = task.key;
    return provenance;
}

struct Committed {
    RecoveryPoint point;
    ImageTotals totals;
};

ImageBridge::OpenBase opening_base(Repository& repository, const DatabaseName& database, const std::optional<PointId>& base) {
    if (!base) return {};
    return [&repository, &database, id = *base] { return ImageBridge::OpenedBase{repository.read_image(database, id), wal_of(repository, database)}; };
}

// Stands in the point itself, so that no later check of its bytes takes the state in it for sound.
void write_down_damage(const BackupFacts& facts, PointManifest& manifest) {
    if (facts.damage_count == 0) return;
    const IntegrityProblem& first = facts.damage.at(0);
    manifest.facts[kSourceDamageFact] =
        fmt::format("{} in the database itself when it was backed up, the first: {}: {}", counted(facts.damage_count, "damaged page"), first.where, first.what);
}

// What the policy's logical backup holds; everything where it has none.
DumpSelection selection_of(const Installation& installation, const DatabaseSpec& database) {
    for (const BackupRule& rule : installation.policy_of(database).backups) {
        if (rule.kind == BackupKind::Logical) return rule.dump;
    }
    return {};
}

// Streams the database into the repository and commits the point; nothing where it is as task.unless_as.
std::optional<Committed> write_point(const Installation& installation, const BackupTask& task, Repository& repository, const KindChoice& choice,
                      const WorkContext& work) {
    const auto writer =
        repository.begin_image(task.database.name, installation.policy.compression, choice.base, work.progress, work.cancel);
    ImageBridge bridge(*writer, opening_base(repository, task.database.name, choice.base));
    const DatabaseClock clock(installation, task.database);
    const WorkContext in_time{.clock = clock, .progress = work.progress, .cancel = work.cancel};
    const Instant started = clock.now();
    Provider& provider = installation.providers.of(task.database.engine);
    const Place place = task.place.value_or(live_place_of(task.database));
    const BackupFacts facts = choice.kind == BackupKind::Raw       ? provider.keep_raw(place, bridge, in_time)
                              : choice.kind == BackupKind::Logical ? provider.dump(place, selection_of(installation, task.database), bridge, in_time)
                                                                   : provider.back_up(place, bridge, in_time);
    throw_if_cancelled(work.cancel);
    if (task.unless_as && task.unless_as == choice.base && writer->is_as_base()) return std::nullopt;
    PointManifest manifest;
    manifest.point.database = task.database.name;
    manifest.point.engine = task.database.engine;
    manifest.point.kind = choice.kind;
    manifest.point.started = started;
    manifest.point.instant = facts.instant;
    manifest.point.finished = clock.now();
    manifest.point.source_bytes = facts.source_bytes;
    manifest.point.read_bytes = facts.read_bytes;
    manifest.point.keep_until = task.keep_until;
    manifest.point.provenance = provenance_of(installation, task);
    manifest.identity = facts.identity;
    manifest.facts = facts.facts;
    write_down_damage(facts, manifest);
    manifest.base = choice.base;
    fault_point("job.backup.commit.before");
    PointManifest committed = writer->commit(std::move(manifest));
    fault_point("job.backup.commit.after");
    return Committed{.point = std::move(committed.point), .totals = writer->totals()};
}

std::string describe_for_audit(const RecoveryPoint& point, const StoreName& store) {
    return fmt::format("{} backup {} of {}, {} stored in {}{}{}", name_of(point.kind), point.id.str(), to_rfc3339(point.instant),
                       format_bytes(point.stored_bytes), store.str(), point.provenance.why.empty() ? "" : ": ",
                       printable(point.provenance.why));
}

}  // namespace

BackupDone take_backup(const Installation& installation, const BackupTask& task, const DatabaseLock&, Progress& progress,
                       CancelToken cancel) {
    const StoreName& store = installation.environment_of(task.database).copies.at(0);
    adopt_unrecorded(installation, task.database.name, store);
    if (auto done = find_done(installation, task)) {
        return {.point = *done, .changed_bytes = 0, .deduplicated_bytes = 0, .promoted_to_full = false,
                .notes = {fmt::format("backup {} had been taken already", done->id.str())}};
    }
    Provider& provider = installation.providers.of(task.database.engine);
    // Damaged files are not opened at all; a dump needs less of the server than it takes to look at it.
    const bool unseen = task.kind == BackupKind::Raw || task.kind == BackupKind::Logical;
    const ProbeResult probe = unseen ? ProbeResult{} : provider.probe(task.place.value_or(live_place_of(task.database)));
    Repository& repository = open_for_writing(installation, store);
    const KindChoice choice = choose_kind(installation, task, provider, store, probe.identity);

    progress.begin(fmt::format("backing up {}", task.database.name.str()), probe.bytes);
    const WorkContext work{.clock = installation.clock, .progress = progress, .cancel = cancel};
    installation.catalog.set_last_done(writing_mark(task.database.name), installation.clock.now());
    const Duration began = installation.clock.steady();
    std::optional<Committed> committed = write_point(installation, task, repository, choice, work);
    progress.end();
    if (!committed) {
        installation.catalog.clear_last_done(writing_mark(task.database.name));
        return {.point = installation.catalog.point(*task.unless_as).value_or(RecoveryPoint{}), .unchanged = true, .notes = {}};
    }

    committed->point.copies = {store};
    record_work(installation, {WorkKind::Backup, task.database.name, task.database.engine, store, committed->point.read_bytes}, began);
    installation.catalog.put_point(committed->point);
    installation.catalog.clear_last_done(writing_mark(task.database.name));
    installation.catalog.audit("backup", task.database.name.str(), describe_for_audit(committed->point, store));
    check_backup(installation, committed->point, store, progress, cancel);
    BackupDone done{.point = installation.catalog.point(committed->point.id).value_or(committed->point),
                    .changed_bytes = committed->totals.changed_bytes,
                    .deduplicated_bytes = committed->totals.deduplicated_bytes,
                    .promoted_to_full = choice.promoted,
                    .notes = {}};
    if (!choice.note.empty()) done.notes.push_back(choice.note);
    return done;
}

}  // namespace holdfast
