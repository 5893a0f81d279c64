#include "engine/job/verify_points.hpp"

#include <algorithm>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/record_work.hpp"

namespace holdfast {
namespace {

// The points that `store` holds, of those that were asked for.
std::vector<RecoveryPoint> wanted_in(const Installation& installation, const VerifyRequest& request, const StoreName& store) {
    std::vector<RecoveryPoint> wanted;
    for (RecoveryPoint& point : installation.catalog.points(std::nullopt)) {
        const bool asked = request.points.empty() || std::ranges::find(request.points, point.id) != request.points.end();
        if (asked && std::ranges::find(point.copies, store) != point.copies.end()) wanted.push_back(std::move(point));
    }
    return wanted;
}

std::string damage_of(const VerifyReport& report, const PointId& point) {
    for (const Damage& damage : report.damage) {
        for (const Damage::Touched& touched : damage.touches) {
            if (touched.point != point) continue;
            if (touched.file.empty()) return fmt::format("{}: {}", damage.object, damage.what);
            return fmt::format("{} bytes {} to {}, in {}: {}", touched.file, touched.offset, touched.offset + touched.bytes, damage.object, damage.what);
        }
    }
    return "it cannot be read whole";
}

// What the database itself was like stands in the point: all bytes may be there, and the state in them damaged.
std::optional<std::string> damage_in_source(const Installation& installation, const StoreName& store, const PointId& id) {
    const auto known = installation.catalog.point(id);
    if (!known) return std::nullopt;
    try {
        const PointManifest manifest = installation.repositories.of(store).point(known->database, id);
        const auto damage = manifest.facts.find(kSourceDamageFact);
        return damage == manifest.facts.end() ? std::nullopt : std::optional(damage->second);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        return std::nullopt;   // It was read, and expired since.
    }
}

// A sample that found nothing proves nothing about the rest, so only damage counts then.
void record(const Installation& installation, const VerifyRequest& request, const VerifyOutcome::PerStore& found) {
    // The store may hold points that this catalog does not know; `catalog rebuild` is for those.
    const auto put = [&](const PointId& point, bool sound, const std::string& detail) {
        const auto known = installation.catalog.point(point);
        const std::string digest = known ? digest_of_point(installation, found.store, known->database, point) : std::string();
        installation.catalog.record_verification(
            {.point = point, .store = found.store, .at = installation.clock.now(), .sound = sound, .depth = "checksum", .detail = detail, .digest = digest});
    };
    for (const PointId& point : found.report.damaged) put(point, false, damage_of(found.report, point));
    if (request.sample < 1.0) return;
    for (const PointId& point : found.report.sound) {
        const auto damage = damage_in_source(installation, found.store, point);
        put(point, !damage, damage.value_or("every byte was read back"));
    }
}

// Points that the catalog believes to be there and the store does not list. What is listed but cannot be read is not among
// them: verifying says more about it. The catalog is asked once more: a point may have expired meanwhile.
void add_missing(const Installation& installation, const VerifyRequest& request, Repository& repository, VerifyOutcome::PerStore& found) {
    VerifyReport& report = found.report;
    std::set<PointId> there(report.damaged.begin(), report.damaged.end());
    for (const PointManifest& manifest : repository.points(std::nullopt)) there.insert(manifest.point.id);
    for (const RecoveryPoint& point : wanted_in(installation, request, found.store)) {
        if (there.contains(point.id)) continue;
        report.damaged.push_back(point.id);
        report.damage.push_back({.object = fmt::format("the point {}", point.id.str()),
                                 .offset = 0,
                                 .bytes = 0,
                                 .what = "the store does not have it",
                                 .touches = {{.point = point.id, .database = point.database, .file = {}, .offset = 0, .bytes = 0}}});
    }
}

// Those of the points that are asked for one by one that the store lists, well or damaged.
std::vector<PointId> present(Repository& repository, const std::vector<RecoveryPoint>& wanted) {
    std::vector<PointId> ids;
    for (const RecoveryPoint& point : wanted) {
        try {
            repository.point(point.database, point.id);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Missing) continue;
        }
        ids.push_back(point.id);
    }
    return ids;
}

VerifyOutcome::PerStore verify_store(const Installation& installation, const VerifyRequest& request, const StoreName& store,
                                     const std::vector<RecoveryPoint>& wanted, Progress& progress, CancelToken cancel) {
    VerifyOutcome::PerStore result{.store = store, .report = {}, .error = {}};
    try {
        Repository& repository = installation.repositories.of(store);
        // Without points it reads everything that the store holds, index and keys too.
        const bool all = request.points.empty();
        const std::vector<PointId> ids = all ? std::vector<PointId>{} : present(repository, wanted);
        if (all || !ids.empty()) result.report = repository.verify(ids, request.sample, progress, cancel);
        add_missing(installation, request, repository, result);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        result.error = error.message;
        result.hint = error.hint;
        result.code = error.code;
    }
    return result;
}

}  // namespace

bool VerifyOutcome::damaged() const {
    return std::ranges::any_of(stores, [](const PerStore& store) { return store.error.empty() && !store.report.ok(); });
}

bool VerifyOutcome::ok() const {
    return std::ranges::all_of(stores, [](const PerStore& store) { return store.error.empty() && store.report.ok(); });
}

VerifyOutcome verify_points(const Installation& installation, const VerifyRequest& request, Progress& progress, CancelToken cancel) {
    if (!(request.sample > 0.0 && request.sample <= 1.0)) {
        throw Error(ErrorCode::Usage, "a sample is a share above 0 and up to 100 %", "For example --sample 5%.");
    }
    for (const PointId& id : request.points) {
        if (!installation.catalog.point(id)) throw Error(ErrorCode::Missing, "there is no recovery point " + printable(id.str()), "`runbook catalog list` shows all of them.");
    }
    VerifyOutcome outcome;
    for (const StoreSpec& spec : installation.policy.stores) {
        throw_if_cancelled(cancel);
        if (request.store && *request.store != spec.name) continue;
        const auto wanted = wanted_in(installation, request, spec.name);
        if (wanted.empty()) continue;
        progress.begin(fmt::format("verifying {}", spec.name.str()), 0);
        outcome.stores.push_back(verify_store(installation, request, spec.name, wanted, progress, cancel));
        progress.end();
        const auto& found = outcome.stores.back();
        if (!found.error.empty()) continue;
        record(installation, request, found);
        installation.catalog.audit("verify", spec.name.str(), fmt::format("{} sound, {} damaged", found.report.sound.size(), found.report.damaged.size()));
    }
    return outcome;
}

}  // namespace holdfast
