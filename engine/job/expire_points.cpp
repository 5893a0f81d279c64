// The one place that removes recovery points. What may go is decided anew right before; what has begun is
// finished by the next run.
#include <algorithm>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/care_for_log.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/run_plan.hpp"
#include "engine/plan/log_retention.hpp"
#include "engine/plan/retention.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

// A pack that nothing needs is removed only so long after it was marked: a backup that began before, on another
// machine, may be about to refer to it.
constexpr Duration kGrace = std::chrono::hours(24);
constexpr double kRepackBelow = 0.4;

struct Expiring {
    const Installation& installation;
    ExpireOutcome& outcome;
    Progress& progress;
    CancelToken cancel;
    std::set<StoreName> touched = {};

    void refuse(std::string sentence) { outcome.refused.push_back(std::move(sentence)); }
    TimeZone zone() const { return TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc()); }
};

// Removes the point from each store that has it, then from the catalog. Requires: its expiry has begun.
void remove_from_stores(Expiring& work, const RecoveryPoint& point) {
    for (const StoreName& store : point.copies) {
        Repository& repository = work.installation.repositories.of(store);
        fault_point("job.expire.before");
        repository.forget(point.database, point.id);
        fault_point("job.expire.after");
        work.installation.catalog.remove_copy(point.id, store);
        work.touched.insert(store);
    }
    work.installation.catalog.audit("expire", point.database.str(),
                                    fmt::format("{} of {}", point.id.str(), to_rfc3339(point.instant)));
    work.outcome.expired.emplace_back(point.database, point.id);
}

// A store that the policy calls locked cannot let go before its time is over.
std::optional<std::string> locked_in(const Expiring& work, const RecoveryPoint& point) {
    for (const StoreName& store : point.copies) {
        const StoreSpec* spec = work.installation.policy.store(store);
        if (spec == nullptr || !spec->lock) continue;
        const Instant until = after_by(point.finished, spec->lock->for_period, work.zone());
        if (until > work.installation.clock.now()) return fmt::format("{} locks it until {}", store.str(), to_rfc3339(until));
    }
    return std::nullopt;
}

// Every store must answer before anything is removed: a point is wholly there or wholly gone.
std::optional<std::string> unreachable_in(const Expiring& work, const RecoveryPoint& point) {
    for (const StoreName& store : point.copies) {
        try {
            work.installation.repositories.of(store);
        } catch (const Error& error) {
            return error.message;
        }
    }
    return std::nullopt;
}

bool is_good(const RecoveryPoint& point) { return point.soundness != Soundness::Damaged && is_state(point.kind); }

// Points of one database that the plan and retention, decided anew, both let go.
std::vector<RecoveryPoint> still_free(Expiring& work, const DatabaseSpec& spec, const DatabaseRetention& planned,
                                      const std::vector<RecoveryPoint>& points) {
    std::set<PointId> in_plan;
    for (const RetentionVerdict& verdict : planned.verdicts) {
        if (!verdict.keep()) in_plan.insert(verdict.point);
    }
    const RetentionRule& rule = work.installation.policy_of(spec).retention;
    const RetentionContext context{.copies = work.installation.environment_of(spec).copies,
                                   .in_use = {},
                                   .log_bases = log_bases(work.installation.catalog.windows(spec.name))};
    std::vector<RecoveryPoint> free;
    for (const RetentionVerdict& verdict : decide_retention(rule, work.zone(), points, work.installation.clock.now(), context)) {
        if (!in_plan.contains(verdict.point)) continue;
        if (verdict.keep()) {
            work.refuse(fmt::format("{} {} stays after all: {}", spec.name.str(), verdict.point.str(), explain(verdict, rule)));
            continue;
        }
        free.push_back(*std::ranges::find(points, verdict.point, &RecoveryPoint::id));
    }
    return free;
}

// Somebody else who uses the store may have pinned it, with a catalog of their own.
std::optional<std::string> pinned_in(const Expiring& work, const RecoveryPoint& point) {
    for (const StoreName& store : point.copies) {
        const auto pin = work.installation.repositories.of(store).pin(point.database, point.id);
        if (pin && pin->holds(work.installation.clock.now())) return fmt::format("it is pinned in {}", store.str());
    }
    return std::nullopt;
}

void expire_one(Expiring& work, const RecoveryPoint& point, std::string_view why) {
    const auto skip = [&](const std::string& reason) { work.refuse(fmt::format("{} {} stays: {}", point.database.str(), point.id.str(), reason)); };
    if (const auto lock = locked_in(work, point)) return skip(*lock);
    if (const auto problem = unreachable_in(work, point)) return skip(*problem);
    if (const auto pin = pinned_in(work, point)) return skip(*pin);
    if (!work.installation.catalog.begin_expiry(point.id, why)) return skip("it has been pinned, or is gone already");
    remove_from_stores(work, point);
}

std::string why_expired(const Expiring& work, const DatabaseSpec& spec) {
    const Provenance& from = work.installation.provenance;
    return fmt::format("retention of policy {} keeps it no longer{}", spec.policy.str(), from.policy_commit.empty() ? "" : fmt::format(" (commit {})", from.policy_commit.substr(0, 12)));
}

void expire_database(Expiring& work, const DatabaseRetention& planned) {
    const DatabaseSpec* spec = work.installation.policy.database(planned.database);
    if (spec == nullptr) {
        return work.refuse(fmt::format("{} is no longer in the policy: its points stay until somebody removes them on purpose", planned.database.str()));
    }
    const DatabaseLock lock = DatabaseLock::take(work.installation, spec->name, "expiring old points");
    const std::vector<RecoveryPoint> points = work.installation.catalog.points(spec->name);
    auto good_left = std::ranges::count_if(points, is_good);
    const int at_least = std::max(1, work.installation.policy_of(*spec).retention.at_least);
    // Oldest first: what is stopped in the middle has removed what mattered least.
    std::vector<RecoveryPoint> free = still_free(work, *spec, planned, points);
    std::ranges::reverse(free);
    for (const RecoveryPoint& point : free) {
        throw_if_cancelled(work.cancel);
        // Retention promises this as well; here it is counted again, because nothing brings a point back.
        if (is_good(point) && good_left <= at_least) {
            work.refuse(fmt::format("{} {} stays: only {} left, and at_least is {}", spec->name.str(), point.id.str(),
                                    counted(static_cast<std::uint64_t>(good_left), "good point"), at_least));
            continue;
        }
        const auto before = work.outcome.expired.size();
        expire_one(work, point, why_expired(work, *spec));
        if (is_good(point) && work.outcome.expired.size() > before) --good_left;
    }
}

void finish_begun(Expiring& work) {
    for (const RecoveryPoint& point : work.installation.catalog.expiring()) {
        throw_if_cancelled(work.cancel);
        try {
            const DatabaseLock lock = DatabaseLock::take(work.installation, point.database, "expiring old points");
            remove_from_stores(work, point);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            work.refuse(fmt::format("{} {} is only partly removed: {}; the next run goes on", point.database.str(), point.id.str(), error.message));
        }
    }
}

std::string collect_key(const StoreName& store) { return "collect " + store.str(); }

// Collecting reads every map, so it is done after something was removed, and else once per grace period.
void collect_stores(Expiring& work) {
    Catalog& catalog = work.installation.catalog;
    const Instant now = work.installation.clock.now();
    for (const StoreSpec& spec : work.installation.policy.stores) {
        throw_if_cancelled(work.cancel);
        const auto last = catalog.last_done(collect_key(spec.name));
        if (!last) {
            catalog.set_last_done(collect_key(spec.name), now);
            if (!work.touched.contains(spec.name)) continue;
        } else if (!work.touched.contains(spec.name) && now - *last < kGrace) {
            continue;
        }
        try {
            if (!Repository::exists(work.installation.repositories.store(spec.name))) continue;
            fault_point("job.collect.before");
            const CollectReport report = work.installation.repositories.of(spec.name).collect(kGrace, kRepackBelow, work.progress, work.cancel);
            fault_point("job.collect.after");
            work.outcome.bytes_freed += report.bytes_freed;
            catalog.set_last_done(collect_key(spec.name), now);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            work.refuse(fmt::format("no space was given back in {}: {}", spec.name.str(), error.message));
        }
    }
}

bool has_anything_free(const DatabaseRetention& retention) {
    return std::ranges::any_of(retention.verdicts, [](const RetentionVerdict& verdict) { return !verdict.keep(); });
}

// Before the points: a point that a log follows stays as long as the log.
void expire_all_logs(Expiring& work) {
    for (const DatabaseSpec& spec : work.installation.policy.databases) {
        if (work.installation.catalog.windows(spec.name).empty()) continue;
        try {
            const DatabaseLock lock = DatabaseLock::take(work.installation, spec.name, "expiring old logs");
            for (std::string& sentence : expire_logs(work.installation, spec, work.cancel)) work.outcome.logs.push_back(std::move(sentence));
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            work.refuse(fmt::format("no log of {} is expired now: {}", spec.name.str(), error.message));
        }
    }
}

}  // namespace

ExpireOutcome expire_points(const Installation& installation, const std::vector<DatabaseRetention>& retention, Progress& progress,
                            CancelToken cancel) {
    ExpireOutcome outcome;
    Expiring work{installation, outcome, progress, cancel};
    try {
        finish_begun(work);
        expire_all_logs(work);
        for (const DatabaseRetention& planned : retention) {
            if (!has_anything_free(planned)) continue;
            throw_if_cancelled(cancel);
            try {
                expire_database(work, planned);
            } catch (const Error& error) {
                if (error.code == ErrorCode::Cancelled) throw;
                work.refuse(fmt::format("nothing more of {} is expired now: {}", planned.database.str(), error.message));
            }
        }
        collect_stores(work);
    } catch (const Error& error) {
        // Whatever was begun is finished by the next run; what is done is in the outcome.
        work.refuse(error.code == ErrorCode::Cancelled ? "stopped on request; the next run goes on" : error.message);
    }
    return outcome;
}

}  // namespace holdfast
