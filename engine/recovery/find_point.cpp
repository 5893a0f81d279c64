#include "engine/recovery/find_point.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/parse_instant.hpp"

namespace holdfast {
namespace {

bool is_restorable_kind(const RecoveryPoint& point) {
    return point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
}

// What lies around the moment that was asked for; pointers into the list it was made from.
struct Neighbours {
    const RecoveryPoint* before = nullptr;           // The answer.
    const RecoveryPoint* damaged_before = nullptr;   // The newest before the moment, where it cannot be used.
    const RecoveryPoint* after = nullptr;            // The oldest usable one from the moment on.
};

Neighbours neighbours_of(const std::vector<RecoveryPoint>& newest_first, std::optional<Instant> before) {
    Neighbours found;
    for (const RecoveryPoint& point : newest_first) {
        if (!is_restorable_kind(point)) continue;
        const bool usable = point.soundness != Soundness::Damaged;
        if (before && point.instant >= *before) {
            if (usable) found.after = &point;
            continue;
        }
        if (usable) {
            found.before = &point;
            return found;
        }
        if (found.damaged_before == nullptr) found.damaged_before = &point;
    }
    return found;
}

bool has_dump(const Installation& installation, const DatabaseName& database) {
    return std::ranges::any_of(installation.catalog.points(database), [](const RecoveryPoint& point) { return point.kind == BackupKind::Logical; });
}

[[noreturn]] void throw_cannot_recover(const Installation& installation, const DatabaseName& database,
                                       const Neighbours& around, std::optional<Instant> before) {
    const TimeZone zone = TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc());
    const auto name = [&](const RecoveryPoint& point) { return fmt::format("{} of {}", point.id.str(), echo_instant(point.instant, zone)); };
    std::string message = fmt::format("{} has no usable recovery point", database.str());
    if (before) message += " before " + echo_instant(*before, zone);
    if (around.damaged_before != nullptr) message += fmt::format("; the nearest before is {}, which is damaged", name(*around.damaged_before));
    else if (before) message += "; there is none before";
    if (around.after != nullptr) message += fmt::format("; the nearest after is {}", name(*around.after));
    else if (before) message += "; there is none after";
    std::string hint = fmt::format("Take a backup with `runbook backup now {}`.", database.str());
    if (has_dump(installation, database)) hint = fmt::format("There are dumps of it, which are loaded by hand: `runbook catalog list {0}`, then `runbook restore {0} --point ID --to FOLDER`.", database.str());
    if (around.after != nullptr) hint = fmt::format("`runbook restore {} --point {}` restores that one.", database.str(), around.after->id.str());
    if (around.damaged_before != nullptr) {
        hint = fmt::format("`runbook catalog verify {}` says which bytes are gone.", around.damaged_before->id.str());
    }
    throw Error(ErrorCode::CannotRecover, message, hint);
}

// The stores that hold it: in the environment's order, those where it is known to be damaged last.
std::vector<StoreName> reading_order(const Installation& installation, const RecoveryPoint& point) {
    std::vector<StoreName> order;
    const auto holds = [&](const StoreName& store) { return std::ranges::find(point.copies, store) != point.copies.end(); };
    if (const DatabaseSpec* spec = installation.policy.database(point.database)) {
        for (const StoreName& store : installation.environment_of(*spec).copies) {
            if (holds(store)) order.push_back(store);
        }
    }
    for (const StoreName& store : point.copies) {
        if (std::ranges::find(order, store) == order.end()) order.push_back(store);
    }
    std::ranges::stable_partition(order, [&](const StoreName& store) {
        return installation.catalog.soundness_in(point.id, store) != Soundness::Damaged;
    });
    return order;
}

}  // namespace

RecoveryPoint find_point(const Installation& installation, const DatabaseName& database, std::optional<Instant> before) {
    const std::vector<RecoveryPoint> points = installation.catalog.points(installation.database(database).name);
    const Neighbours around = neighbours_of(points, before);
    if (around.before == nullptr) throw_cannot_recover(installation, database, around, before);
    return *around.before;
}

StoreName store_to_read(const Installation& installation, const RecoveryPoint& point) {
    std::vector<std::string> failures;
    ErrorCode code = ErrorCode::Missing;
    std::string hint = "`runbook catalog rebuild` reads again what the stores hold.";
    for (const StoreName& store : reading_order(installation, point)) {
        try {
            installation.repositories.of(store).point(point.database, point.id);
            return store;
        } catch (const Error& error) {
            failures.push_back(store.str() + ": " + error.message);
            code = error.code;
            if (!error.hint.empty()) hint = error.hint;
        }
    }
    if (failures.empty()) failures.emplace_back("no store holds it");
    throw Error(code, fmt::format("recovery point {} cannot be read: {}", point.id.str(), join(failures, "; ")), hint);
}

}  // namespace holdfast
