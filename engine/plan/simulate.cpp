#include "engine/plan/simulate.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/plan/estimate.hpp"
#include "engine/plan/plan_scope.hpp"
#include "engine/plan/retention_rules.hpp"
#include "engine/plan/store_growth.hpp"
#include "engine/schedule/calendar.hpp"
#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kPointsMax = 10'000'000;

struct ScheduledRun {
    Instant at;
    BackupKind kind;
};

std::vector<ScheduledRun> runs_between(const ScopedDatabase& database, const TimeZone& zone, Instant now, Instant until) {
    std::vector<ScheduledRun> runs;
    for (const BackupRule* rule : database.rules) {
        if (rule == nullptr) continue;
        for (const Instant at : Occurrences(rule->when, zone).range(now, until, kPointsMax)) runs.push_back({.at = at, .kind = rule->kind});
        if (runs.size() >= kPointsMax)
            throw Error(ErrorCode::Usage, fmt::format("so long a time has more than {} backups of {}", format_count(kPointsMax), database.spec->name.str()),
                        "Give an earlier day with --until.");
    }
    // By time; of the same instant the full first, which makes the incremental unnecessary.
    std::sort(runs.begin(), runs.end(), [](const ScheduledRun& a, const ScheduledRun& b) { return std::tie(a.at, a.kind) < std::tie(b.at, b.kind); });
    const auto covered = [](const ScheduledRun& a, const ScheduledRun& b) { return a.at == b.at && a.kind == BackupKind::Full && b.kind == BackupKind::Incremental; };
    runs.erase(std::unique(runs.begin(), runs.end(), covered), runs.end());
    return runs;
}

// One database, lived through day by day.
class DatabaseLife {
public:
    DatabaseLife(const ScopedDatabase& database, const World& world, const TimeZone& zone, Instant now, Instant until)
        : database_(database), zone_(zone), now_(now), until_(until), growth_(database, world) {
        result_.database = database.spec->name;
    }

    DatabaseSimulation live() {
        begin_with_what_exists();
        const auto runs = runs_between(database_, zone_, now_, until_);
        result_.points.reserve(result_.points.size() + runs.size());
        auto next = runs.begin();
        Instant week_end = next_week_begin(now_, zone_);
        for (Instant day_end = next_day_begin(now_, zone_);; day_end = next_day_begin(day_end, zone_)) {
            const Instant to = std::min(day_end, until_);
            for (; next != runs.end() && next->at <= to; ++next) add_point(next->at, next->kind);
            expire(to);
            if (to == week_end || to == until_) {
                result_.weeks.push_back({.end = to, .points = kept_.size(), .bytes = bytes_kept()});
                week_end = next_week_begin(to, zone_);
            }
            if (to == until_) break;
        }
        find_worst_gap();
        say_assumptions();
        return std::move(result_);
    }

private:
    void begin_with_what_exists() {
        for (auto point = database_.points.rbegin(); point != database_.points.rend(); ++point) {
            const bool damaged = (*point)->soundness == Soundness::Damaged;
            RetentionCandidate candidate{.instant = (*point)->instant, .kind = (*point)->kind, .damaged = damaged, .reasons = {}};
            result_.points.push_back({.at = (*point)->instant, .kind = (*point)->kind, .added_bytes = (*point)->stored_bytes, .expired = std::nullopt, .exists = true});
            keep(candidate, (*point)->pinned, (*point)->keep_until);
        }
        const bool has_state = std::any_of(kept_.begin(), kept_.end(), [](const RetentionCandidate& point) { return is_state(point.kind); });
        if (has_state) return;
        for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Logical}) {
            if (database_.rule(kind) == nullptr) continue;
            add_point(now_, kind == BackupKind::Incremental ? BackupKind::Full : kind);
            return;
        }
    }

    void add_point(Instant at, BackupKind kind) {
        const Duration since_last = last_at_ ? at - *last_at_ : Duration(0);
        const std::uint64_t bytes = growth_.added_by(kind, !last_at_, since_last);
        result_.points.push_back({.at = at, .kind = kind, .added_bytes = bytes, .expired = std::nullopt, .exists = false});
        keep({.instant = at, .kind = kind, .damaged = false, .reasons = {}}, false, std::nullopt);
    }

    void keep(const RetentionCandidate& candidate, bool pinned, const std::optional<Instant>& keep_until) {
        kept_.push_back(candidate);
        kept_index_.push_back(result_.points.size() - 1);
        if (pinned || keep_until) held_.push_back({.index = kept_index_.back(), .until = pinned ? Instant::max() : *keep_until});
        if (is_state(candidate.kind)) last_at_ = candidate.instant;
    }

    void expire(Instant at) {
        for (RetentionCandidate& point : kept_) point.reasons = KeepReasons();
        for (const Held& held : held_) {
            const auto place = std::lower_bound(kept_index_.begin(), kept_index_.end(), held.index);
            if (held.until > at && place != kept_index_.end() && *place == held.index)
                kept_[static_cast<std::size_t>(place - kept_index_.begin())].reasons.add(KeepReason::Pinned);
        }
        apply_retention(database_.policy->retention, zone_, kept_, at);
        std::size_t stays = 0;
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            if (kept_[i].reasons.empty()) {
                result_.points[kept_index_[i]].expired = at;
                continue;
            }
            kept_[stays] = kept_[i];
            kept_index_[stays++] = kept_index_[i];
        }
        kept_.resize(stays);
        kept_index_.resize(stays);
    }

    std::uint64_t bytes_kept() {
        // Newly made points only: what came before has been summed up already.
        for (; summed_ < result_.points.size(); ++summed_) {
            const SimulatedPoint& point = result_.points[summed_];
            growth_.record(point.kind, point.added_bytes);
        }
        return growth_.bytes_of(kept_index_);
    }

    void find_worst_gap() {
        std::optional<Instant> last;
        const auto see = [&](Instant at) {
            if (last && at - *last > result_.worst_gap) {
                result_.worst_gap = at - *last;
                result_.worst_gap_begin = *last;
                result_.worst_gap_end = at;
            }
            last = at;
        };
        if (result_.points.empty() || !result_.points.front().exists) see(now_);
        for (const SimulatedPoint& point : result_.points) {
            if (point.exists && (!last || point.at > *last)) last = point.at;
            else see(point.at);
        }
        see(until_);
    }

    void say_assumptions() {
        result_.assumptions.push_back("every slot runs on time and succeeds, and its point holds the state of that instant");
        result_.assumptions.push_back(fmt::format("what retention lets go is removed once a day, at midnight in {}", zone_.name()));
        for (std::string& sentence : growth_.assumptions()) result_.assumptions.push_back(std::move(sentence));
    }

    struct Held {
        std::size_t index;
        Instant until;
    };
    const ScopedDatabase& database_;
    TimeZone zone_;
    Instant now_, until_;
    StoreGrowth growth_;
    DatabaseSimulation result_;
    std::vector<RetentionCandidate> kept_;      // Oldest first …
    std::vector<std::size_t> kept_index_;       // … and where each is in result_.points.
    std::vector<Held> held_;
    std::optional<Instant> last_at_;
    std::size_t summed_ = 0;
};

}  // namespace

Simulation simulate(const Policy& policy, const World& world, Instant now, Instant until, const PlanOptions& options) {
    if (until <= now)
        throw Error(ErrorCode::Usage, fmt::format("{} is not after {}", to_rfc3339(until), to_rfc3339(now)), "Give a day to come with --until.");
    if (until - now > std::chrono::hours(24) * 36525)
        throw Error(ErrorCode::Usage, "more than 100 years cannot be simulated", "Give an earlier day with --until.");
    const TimeZone zone = TimeZone::require(policy.timezone);
    PlanNotes notes;
    const PlanScope scope(policy, world, options, notes);
    Simulation simulation{.from = now, .until = until, .databases = {}, .notes = {}};
    for (const ScopedDatabase& database : scope.databases()) simulation.databases.push_back(DatabaseLife(database, world, zone, now, until).live());
    simulation.notes = notes.take();
    return simulation;
}

}  // namespace holdfast
