#include "engine/compliance/troubles.hpp"

#include <algorithm>
#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/check_copies.hpp"
#include "engine/compliance/check_present.hpp"
#include "engine/compliance/check_record.hpp"
#include "engine/compliance/judge.hpp"
#include "engine/compliance/recoverable.hpp"
#include "engine/plan/slot_times.hpp"

namespace holdfast {
namespace {

// Checks whose findings are troubles as they stand.
struct CheckedTrouble {
    NoticeEvent event;
    std::string_view check;
    Severity severity;
    void (*judge)(CheckContext& context);
};
constexpr std::array kChecked{
    CheckedTrouble{NoticeEvent::VerifyFailed, "VERIFY-ERRORS", Severity::Error, judge_verify_errors},
    CheckedTrouble{NoticeEvent::KeyDue, "KEY-AGE", Severity::Warning, judge_key_age},
    CheckedTrouble{NoticeEvent::SpaceLow, "SPACE", Severity::Error, judge_space},
};

class TroubleSearch {
public:
    TroubleSearch(const Policy& policy, const TroubleFacts& facts)
        : policy_(policy), facts_(facts), zone_(TimeZone::require(policy.timezone)), slots_(zone_, facts.evidence.as_of), lists_(zone_, facts.evidence.as_of) {}

    TroublesNow run() {
        for (const FailedRun& run : facts_.failed) add_failed(run);
        for (const DatabaseSpec& database : policy_.databases) {
            add_rpo(database);
            add_drills(database);
        }
        add_checked();
        for (const WaitingRun& run : facts_.waiting) add_waiting(run);
        return std::move(found_);
    }

private:
    Instant now() const { return facts_.evidence.as_of; }
    std::string local(Instant at) const { return zone_.to_local_text(at); }
    const DatabaseEvidence& past_of(const DatabaseName& database) const {
        static const DatabaseEvidence nothing;
        const auto found = facts_.evidence.databases.find(database.str());
        return found == facts_.evidence.databases.end() ? nothing : found->second;
    }

    // A state that was made since, by hand or by another rule, is what the failed run was to make.
    void add_failed(const FailedRun& run) {
        const bool log = run.kind == BackupKind::Log;
        for (const RecoveryPoint& point : past_of(run.database).points) {
            if (!log && is_state(point.kind) && point.started > run.finished) return;
        }
        const std::string kind(name_of(run.kind));
        const std::string message = run.missed ? fmt::format("the {} backup that was due at {} was not begun in time", kind, local(run.slot))
                                               : fmt::format("the {} backup that was due at {} failed: {}", kind, local(run.slot), run.error);
        found_.troubles.push_back({.event = NoticeEvent::BackupFailed, .severity = Severity::Error, .subject = run.database.str(), .part = kind, .message = message,
                                   .fix = fmt::format("Put right what it names, then: runbook backup now {}. See also: runbook doctor", run.database.str()), .since = run.finished});
    }

    // When the next run of a rule is done at the latest: that of the newest slot, while it may still come, or the next one.
    std::optional<Instant> done_by(const BackupRule& rule, const DatabaseEvidence& past, Duration rpo) {
        if (std::holds_alternative<ContinuousSpec>(rule.when)) return now() + rpo / 2;
        const SlotTimes& times = slots_.of(rule.when);
        const Duration latency = run_latency(rule);
        if (times.newest() && now() <= *times.newest() + latency) {
            const bool over = std::ranges::any_of(past.runs, [&](const PastRun& run) { return run.slot == *times.newest() && (run.state == JobState::Done || run.state == JobState::Missed); });
            if (!over) return *times.newest() + latency;
        }
        return times.next() ? std::optional(*times.next() + latency) : std::nullopt;
    }

    std::optional<Instant> rescue_of(const BackupPolicy& backups, const DatabaseEvidence& past, Duration rpo) {
        std::optional<Instant> first;
        for (const BackupRule& rule : backups.backups) {
            const auto by = done_by(rule, past, rpo);
            if (by) first = std::min(first.value_or(*by), *by);
        }
        return first;
    }

    void add_rpo(const DatabaseSpec& database) {
        const EnvironmentSpec* environment = policy_.environment(database.environment);
        const BackupPolicy* backups = policy_.policy(database.policy);
        if (environment == nullptr || backups == nullptr || !environment->rpo) return;
        const DatabaseEvidence& past = past_of(database.name);
        const auto newest = newest_recoverable(past, now());
        const auto since = newest ? newest : facts_.evidence.watching_since;
        if (!since) return;
        const Instant breaks = *since + *environment->rpo;
        const auto rescue = rescue_of(*backups, past, *environment->rpo);
        const bool broken = now() > breaks;
        if (!broken && rescue && *rescue <= breaks) return;
        std::string message = newest ? fmt::format("the newest moment that can be brought back is {}", local(*newest)) : fmt::format("nothing of it can be brought back since {}", local(*since));
        message += fmt::format("; {} are promised, which {} {}", for_people(*environment->rpo), broken ? "is broken since" : "breaks at", local(breaks));
        if (rescue && !broken) message += fmt::format(", and the next backup may take until {}", local(*rescue));
        found_.troubles.push_back({.event = NoticeEvent::RpoAtRisk, .severity = broken ? Severity::Error : Severity::Warning, .subject = database.name.str(), .part = {}, .message = message,
                                   .fix = fmt::format("Take a backup: runbook backup now {}", database.name.str()), .since = now()});
    }

    // The newest drill of each runbook counts.
    void add_drills(const DatabaseSpec& database) {
        std::vector<std::string_view> seen;
        for (const DrillRecord& drill : past_of(database.name).drills) {
            if (std::ranges::find(seen, drill.runbook) != seen.end()) continue;
            seen.push_back(drill.runbook);
            if (drill.passed) continue;
            found_.troubles.push_back({.event = NoticeEvent::DrillFailed, .severity = Severity::Error, .subject = database.name.str(), .part = drill.runbook,
                                       .message = fmt::format("the drill of {} failed: {}", drill.runbook, drill.why),
                                       .fix = fmt::format("Look at {}; then drill it again: runbook drill {} --database {}", drill.kept.empty() ? "the reason" : "its copy in " + drill.kept, drill.runbook, database.name.str()),
                                       .since = drill.finished});
        }
    }

    void add_checked() {
        CheckContext context(policy_, facts_.evidence, lists_);
        for (const CheckedTrouble& checked : kChecked) {
            context.begin(checked.check, checked.severity);
            checked.judge(context);
        }
        for (const Shortfall& shortfall : context.take()) {
            if (is_waived(policy_, shortfall, now())) continue;
            const auto* checked = std::ranges::find(kChecked, shortfall.check, &CheckedTrouble::check);
            add_once({.event = checked->event, .severity = shortfall.severity, .subject = shortfall.subject, .part = {}, .message = shortfall.message, .fix = shortfall.fix, .since = now()});
        }
        for (const StoreFacts& store : facts_.evidence.live->stores) {
            if (store.unreachable.empty()) continue;
            for (const NoticeEvent event : {NoticeEvent::KeyDue, NoticeEvent::SpaceLow}) found_.unknown.emplace_back(event, store.store.str());
        }
    }

    // Two old keys of one store are one trouble.
    void add_once(Trouble trouble) {
        const std::string key = trouble.key();
        if (std::ranges::none_of(found_.troubles, [&](const Trouble& other) { return other.key() == key; })) found_.troubles.push_back(std::move(trouble));
    }

    void add_waiting(const WaitingRun& run) {
        found_.troubles.push_back({.event = NoticeEvent::ApprovalNeeded, .severity = Severity::Warning, .subject = run.database, .part = run.run,
                                   .message = fmt::format("run {} of {} waits for approval: {}", run.run, run.runbook, run.waits_for),
                                   .fix = fmt::format("Look at it: runbook runs show {0}; then: runbook approve {0}, or refuse {0}", run.run), .since = run.started});
    }

    const Policy& policy_;
    const TroubleFacts& facts_;
    TimeZone zone_;
    SlotTable slots_;
    SlotLists lists_;
    TroublesNow found_;
};

}  // namespace

TroublesNow troubles_in(const Policy& policy, const TroubleFacts& facts) { return TroubleSearch(policy, facts).run(); }

}  // namespace holdfast
