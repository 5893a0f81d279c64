#include "engine/plan/make_plan.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/plan/due.hpp"
#include "engine/plan/estimate.hpp"
#include "engine/plan/log_retention.hpp"
#include "engine/plan/retention.hpp"

namespace holdfast {
namespace {

// Plans one database after the other into one plan.
class Planner {
public:
    Planner(const Policy& policy, const World& world, Instant now)
        : world_(world), now_(now), zone_(TimeZone::require(policy.timezone)), slots_(zone_, now), in_use_(world.in_use) {
        std::sort(in_use_.begin(), in_use_.end());
        log_bases_ = log_bases(world.windows);
    }

    void plan(const ScopedDatabase& database) {
        database_ = &database;
        read_past(database, now_, past_);
        if (past_.ahead != nullptr)
            notes.add(fmt::format("the clock was moved back: points newer than now exist, and nothing expires of {{}}"), database.spec->name);
        plan_states();
        plan_other(BackupKind::Log);
        plan_other(BackupKind::Logical);
        plan_copies();
        plan_retention();
        plan_upcoming();
        ++rank_;
    }

    Plan finish() {
        std::sort(upcoming_.begin(), upcoming_.end(), [](const Upcoming& a, const Upcoming& b) { return std::tie(a.at, a.rank, a.kind) < std::tie(b.at, b.rank, b.kind); });
        result_.upcoming.reserve(upcoming_.size());
        for (const Upcoming& slot : upcoming_) result_.upcoming.push_back(Slot{.database = *slot.database, .kind = slot.kind, .at = slot.at});
        order_jobs();
        result_.now = now_;
        result_.notes = notes.take();
        return std::move(result_);
    }

    PlanNotes notes;

private:
    struct Upcoming {
        Instant at;
        std::uint32_t rank;
        BackupKind kind;
        const DatabaseName* database;
    };
    struct JobOrder {
        bool protects_nothing_yet;      // First backups go first.
        Instant deadline, slot;
        std::uint32_t rank;
        BackupKind kind;
        std::uint32_t index;
    };

    // ---- full and incremental ----

    void plan_states() {
        if (!past_.has_state && plan_first()) return;
        const BackupRule* full = database_->rule(BackupKind::Full);
        const BackupRule* incremental = database_->rule(BackupKind::Incremental);
        if (past_.full_runs) return;
        const auto full_due = full != nullptr ? due_of(*full) : std::nullopt;
        const bool full_planned = full_due && plan_due(*full, *full_due);
        const auto due = incremental != nullptr ? due_of(*incremental) : std::nullopt;
        if (!due) return;
        if (full_planned) stand_in(*due);
        else plan_due(*incremental, *due);
    }

    // The first backup runs at once, as a full, for the slot that has come last. Returns whether there is one to be made
    // or being made: then nothing else is.
    bool plan_first() {
        const BackupRule* rule = nullptr;
        for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Logical}) {
            if (rule == nullptr) rule = database_->rule(kind);
        }
        if (rule == nullptr) return true;
        const KindPast& past = past_.of(rule->kind);
        if (past_.full_runs || past.runs) return true;
        SlotTimes& slots = slots_.of(rule->when);
        DueSlot due;
        due.at = slots.newest().value_or(now_);
        // That slot's run is on record, but there is no point of it any more: a slot of its own, then.
        if (past.handled && due.at <= *past.handled) due.at = std::chrono::floor<std::chrono::seconds>(now_);
        due.failure = past.failure_of(due.at);
        if (due.failure != nullptr && retry_at(*due.failure) > now_) {
            note_retry(*rule, retry_at(*due.failure));
            return true;
        }
        add_job(*rule, due, JobReason::FirstBackup, "there is no backup of this database yet");
        return true;
    }

    // The full that was planned last covers this incremental, which is therefore not made.
    void stand_in(const DueSlot& due) {
        result_.jobs.back().why += fmt::format("; it also stands for the incremental of {}", zone_.to_local_text(due.at));
        const Instant full_slot = result_.jobs.back().slot.at;
        for (const Instant slot : due.missed) {
            if (slot != full_slot) miss(BackupKind::Incremental, slot, "nothing ran in its time; the full backup planned now stands for it");
        }
    }

    // ---- logs and logical copies ----

    void plan_other(BackupKind kind) {
        const BackupRule* rule = database_->rule(kind);
        // Logs say what came after a state; without one they say nothing.
        if (rule == nullptr || !past_.has_state) return;
        if (const auto due = due_of(*rule)) plan_due(*rule, *due);
    }

    // ---- any kind ----

    // One run of a kind at a time: what comes due meanwhile is found when it has ended.
    std::optional<DueSlot> due_of(const BackupRule& rule) {
        const KindPast& past = past_.of(rule.kind);
        if (past.runs) return std::nullopt;
        auto due = find_due(slots_.of(rule.when), rule, past, since(rule.kind), now_, std::min(kMissedListedMax, listed_left_));
        if (due) listed_left_ -= std::min(listed_left_, due->missed.size());
        return due;
    }

    // Slots up to this instant need nothing any more.
    Instant since(BackupKind kind) const {
        std::optional<Instant> since = past_.of(kind).handled;
        // Of a kind that never ran (new in the policy, or its records are lost) only what came after the last sign of life counts.
        if (!since) since = past_.of(kind).tried.empty() ? past_.newest_activity : std::optional(oldest_try(kind) - Duration(1));
        if (world_.watching_since) since = std::max(since.value_or(Instant::min()), *world_.watching_since - Duration(1));
        if (kind == BackupKind::Incremental && past_.full_begun) since = std::max(since.value_or(Instant::min()), *past_.full_begun);
        return since.value_or(now_);
    }
    Instant oldest_try(BackupKind kind) const {
        Instant oldest = now_;
        for (const JobRecord* job : past_.of(kind).tried) oldest = std::min(oldest, job->slot.at);
        return oldest;
    }

    void note_retry(const BackupRule& rule, Instant at) {
        notes.add(fmt::format("failed several times, tried again from {}: the {} backup of {{}}", zone_.to_local_text(at), name_of(rule.kind)), database_->spec->name);
    }

    // Returns whether something runs.
    bool plan_due(const BackupRule& rule, const DueSlot& due) {
        SlotTimes& slots = slots_.of(rule.when);
        switch (due.verdict) {
            case DueSlot::Verdict::WaitToRetry:
                note_retry(rule, due.retry_at);
                return false;
            case DueSlot::Verdict::WaitForNext:
                for (const Instant slot : due.missed) miss(rule.kind, slot, "nothing ran in its time; the next slot stands for it");
                if (due.failure == nullptr) miss(rule.kind, due.at, fmt::format("too late to start; the next slot is at {}", slots.next_text()));
                return false;
            case DueSlot::Verdict::CatchUp:
            case DueSlot::Verdict::Run: break;
        }
        const bool late = due.verdict == DueSlot::Verdict::CatchUp;
        std::string why = fmt::format("its slot of {} has come", slots.newest_text());
        if (late) why = fmt::format("its slot of {} should have started within {}", slots.newest_text(), to_text(*rule.start_within));
        if (due.missed_count > 0)
            why += fmt::format("; {} missed since {}, this run makes up for {}", due.missed_count == 1 ? "1 slot was" : format_count(due.missed_count) + " slots were",
                               zone_.to_local_text(due.missed.empty() ? due.at : due.missed.front()), due.missed_count == 1 ? "it" : "all of them");
        for (const Instant slot : due.missed) miss(rule.kind, slot, "nothing ran in its time; a later run makes up for it");
        add_job(rule, due, late || due.missed_count > 0 ? JobReason::CatchUp : JobReason::Due, std::move(why));
        return true;
    }

    void add_job(const BackupRule& rule, const DueSlot& due, JobReason reason, std::string why) {
        Job job;
        job.slot = Slot{.database = database_->spec->name, .kind = rule.kind, .at = due.at};
        job.run_as = rule.kind;
        job.reason = reason;
        job.missed = due.missed;
        job.missed_count = due.missed_count;
        job.start_before = due.start_before;
        job.finish_within = rule.finish_within;
        job.store = database_->store->name;
        job.why = std::move(why);
        if (rule.kind == BackupKind::Incremental) choose_base(job);
        if (due.failure != nullptr)
            job.why += fmt::format("; {} before, the last at {}", due.failure->attempt == 1 ? "1 try failed" : fmt::format("{} tries failed", due.failure->attempt),
                                   zone_.to_local_text(due.failure->started));
        const Estimate estimate = estimate_backup(database_->points, job.run_as);
        job.estimated_bytes = estimate.bytes;
        job.estimated_time = estimate.time;
        order_.push_back(JobOrder{.protects_nothing_yet = reason == JobReason::FirstBackup, .deadline = job.start_before.value_or(job.slot.at + std::chrono::hours(24)),
                                  .slot = job.slot.at, .rank = rank_, .kind = job.run_as, .index = static_cast<std::uint32_t>(result_.jobs.size())});
        result_.jobs.push_back(std::move(job));
    }

    void choose_base(Job& job) const {
        if (past_.base != nullptr) {
            job.base = past_.base->id;
            return;
        }
        job.run_as = BackupKind::Full;
        // A full takes a full's time.
        if (const BackupRule* full = database_->rule(BackupKind::Full)) job.finish_within = full->finish_within;
        if (job.reason == JobReason::FirstBackup) {
            job.why += "; a full instead of an incremental";
            return;
        }
        job.reason = JobReason::NoBase;
        job.why += fmt::format("; the store {} has no sound point to build on, so this is a full instead of an incremental", job.store.str());
    }

    void miss(BackupKind kind, Instant slot, std::string why) {
        result_.missed.push_back(MissedSlot{.slot = Slot{.database = database_->spec->name, .kind = kind, .at = slot}, .why = std::move(why)});
    }

    // ---- what exists ----

    void plan_copies() {
        for (const RecoveryPoint* point : database_->points) {
            if (point->copies.empty() || point->soundness == Soundness::Damaged) continue;
            for (const StoreName& store : *database_->copies) {
                const auto has = [&](const StoreName& name) { return std::find(point->copies.begin(), point->copies.end(), name) != point->copies.end(); };
                if (has(store)) continue;
                // From the first of its environment's stores that has it; a store that no environment names any more will do.
                const auto from = std::find_if(database_->copies->begin(), database_->copies->end(), has);
                const StoreName& source = from != database_->copies->end() ? *from : point->copies.front();
                result_.copies.push_back(CopyJob{.point = point->id, .database = point->database, .from = source, .to = store,
                                                 .why = fmt::format("environment {} wants a copy in {}, which has none", database_->spec->environment.str(), store.str())});
            }
        }
    }

    void plan_retention() {
        if (database_->points.empty()) return;
        const RetentionContext context{.copies = *database_->copies, .in_use = in_use_, .log_bases = log_bases_};
        result_.retention.push_back(DatabaseRetention{
            .database = database_->spec->name,
            .verdicts = decide_retention(database_->policy->retention, zone_, database_->points, now_, context)});
    }

    void plan_upcoming() {
        for (const BackupRule* rule : database_->rules) {
            if (rule == nullptr) continue;
            const auto& next = slots_.of(rule->when).next();
            if (next) upcoming_.push_back(Upcoming{.at = *next, .rank = rank_, .kind = rule->kind, .database = &database_->spec->name});
        }
    }

    // First backups, then those whose time to start runs out first.
    void order_jobs() {
        std::sort(order_.begin(), order_.end(), [](const JobOrder& a, const JobOrder& b) {
            return std::tuple(!a.protects_nothing_yet, a.deadline, a.slot, a.rank, a.kind, a.index) <
                   std::tuple(!b.protects_nothing_yet, b.deadline, b.slot, b.rank, b.kind, b.index);
        });
        std::vector<Job> ordered;
        ordered.reserve(order_.size());
        for (const JobOrder& order : order_) ordered.push_back(std::move(result_.jobs[order.index]));
        result_.jobs = std::move(ordered);
    }

    const World& world_;
    Instant now_;
    TimeZone zone_;
    SlotTable slots_;
    std::vector<PointId> in_use_, log_bases_;
    const ScopedDatabase* database_ = nullptr;
    DatabasePast past_;
    Plan result_;
    std::vector<Upcoming> upcoming_;
    std::vector<JobOrder> order_;
    std::uint32_t rank_ = 0;
    // After a long silence of many databases only counts are given beyond so many: every slot would fill the memory.
    std::size_t listed_left_ = 200'000;
};

}  // namespace

Plan make_plan(const Policy& policy, const World& world, Instant now, const PlanOptions& options) {
    Planner planner(policy, world, now);
    const PlanScope scope(policy, world, options, planner.notes);
    for (const ScopedDatabase& database : scope.databases()) planner.plan(database);
    Plan plan = planner.finish();
    plan.world = world_hash(policy, world);
    return plan;
}

std::string explain(JobReason reason) {
    switch (reason) {
        case JobReason::Due: return "its slot has come";
        case JobReason::CatchUp: return "slots were missed, and one run makes up for all of them";
        case JobReason::NoBase: return "an incremental has no sound point to build on, so it is a full";
        case JobReason::FirstBackup: return "there is no backup of this database yet";
        case JobReason::ByHand: return "somebody asked for it";
        case JobReason::ByRunbook: return "a runbook asked for it";
    }
    return {};
}

}  // namespace holdfast
