#include "engine/compliance/check_record.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/recoverable.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

using std::chrono::hours;

constexpr Duration kLookedBack = hours(24 * 30);
constexpr Duration kVerifyAgeMax = hours(24 * 35);
constexpr Duration kReadBackWithin = hours(24);
constexpr std::size_t kHistoryLeast = 3;         // Fewer say nothing about what is usual.

std::vector<std::string> database_path(const CheckContext::Subject& subject) { return {"databases", subject.name()}; }

std::vector<const RecoveryPoint*> states_of(const DatabaseEvidence& past) {
    std::vector<const RecoveryPoint*> states;
    for (const RecoveryPoint& point : past.points) {
        if (is_state(point.kind)) states.push_back(&point);
    }
    return states;
}

std::uint64_t median(std::vector<std::uint64_t> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

struct Tier {
    std::string_view key, bucket;
    std::optional<Period> RetentionRule::*period;
    std::int64_t (*number)(Instant, const TimeZone&);
};
constexpr std::array kTiers{
    Tier{"daily", "day", &RetentionRule::daily, day_key},
    Tier{"weekly", "week", &RetentionRule::weekly, week_key},
    Tier{"monthly", "month", &RetentionRule::monthly, month_key},
};

// The days, weeks or months of a rule that have no state, since the first one; today's may still come.
std::size_t empty_buckets(const std::vector<const RecoveryPoint*>& newest_first, const Tier& tier, Instant since, Instant now, const TimeZone& zone) {
    if (newest_first.empty()) return 0;
    const Instant begin = std::max(since, newest_first.back()->instant);
    std::int64_t next = tier.number(now, zone);
    const std::int64_t first = tier.number(begin, zone);
    std::size_t empty = 0;
    for (const RecoveryPoint* point : newest_first) {
        const std::int64_t bucket = tier.number(point->instant, zone);
        if (bucket < first) break;
        if (bucket < next) empty += static_cast<std::size_t>(next - bucket - 1);
        next = std::min(next, bucket);
    }
    return empty;
}

}  // namespace

void judge_rpo_now(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto newest = newest_recoverable(subject.past, context.now());
        if (!newest) {
            context.report({.subject = subject.name(), .path = database_path(subject), .message = "nothing of it can be brought back: it has no backup", .fix = fmt::format("Take one: runbook backup now {}", subject.name())});
            continue;
        }
        const Duration lost = context.now() - *newest;
        if (!subject.environment.rpo || lost <= *subject.environment.rpo) continue;
        context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("at this moment {} would be lost ({} to {}), promised are {}", for_people(lost), context.slots.zone().to_local_text(*newest), context.slots.zone().to_local_text(context.now()), for_people(*subject.environment.rpo)),
                        .fix = fmt::format("Take a backup: runbook backup now {}", subject.name())});
    }
}

void judge_gap(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto& rpo = subject.environment.rpo;
        if (!rpo) continue;
        const auto gap = longest_gap(subject.past, context.now() - kLookedBack, context.now());
        if (!gap || gap->length() <= *rpo) continue;
        context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("between {} and {} nothing can be brought back: {}, promised are {}", context.slots.zone().to_local_text(gap->from), context.slots.zone().to_local_text(gap->until), for_people(gap->length()), for_people(*rpo)),
                        .fix = "See what happened then: runbook timeline " + subject.name()});
    }
}

void judge_keep_actual(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const RetentionRule& rule = subject.backups.retention;
        std::vector<const RecoveryPoint*> states = states_of(subject.past);
        std::erase_if(states, [](const RecoveryPoint* point) { return point->soundness == Soundness::Damaged; });
        for (const Tier& tier : kTiers) {
            const auto& period = rule.*tier.period;
            if (!period) continue;
            const std::size_t empty = empty_buckets(states, tier, before_by(context.now(), *period, context.slots.zone()), context.now(), context.slots.zone());
            if (empty == 0) continue;
            context.report({.subject = subject.name(), .path = {"policies", subject.backups.name.str(), "retention", std::string(tier.key)},
                            .message = fmt::format("`{}: {}` promises a state for each {}, and {} since its first one", tier.key, to_text(*period), tier.bucket, empty == 1 ? fmt::format("1 {} has none", tier.bucket) : fmt::format("{} {}s have none", empty, tier.bucket)),
                            .fix = "They cannot be made again. See what kept the runs from coming: runbook timeline " + subject.name()});
        }
    }
}

void judge_verify_age(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        if (subject.past.points.empty()) continue;   // RPO-NOW says so.
        const auto& every = subject.backups.verify.integrity_every;
        const Duration allowed = every ? longest(*every) + kReadBackWithin : kVerifyAgeMax;
        std::optional<Instant> newest;
        for (const PastCheck& check : subject.past.checks) {
            if (!every || check.restored) newest = std::max(newest.value_or(check.at), check.at);
        }
        if (newest && context.now() - *newest <= allowed) continue;
        context.report({.subject = subject.name(), .path = {"policies", subject.backups.name.str(), "verify"}, .message = fmt::format("it was {} {}, {} are allowed", every ? "last restored and asked" : "last checked", newest ? for_people(context.now() - *newest) + " ago" : "never", for_people(allowed)),
                        .fix = fmt::format("Check it: runbook catalog verify --database {}", subject.name())});
    }
}

void judge_verify_errors(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        std::vector<std::string> damaged;
        for (const RecoveryPoint& point : subject.past.points) {
            if (point.soundness == Soundness::Damaged) damaged.push_back(point.id.str());
        }
        if (damaged.empty()) continue;
        context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("{} cannot be restored whole, the newest is {}", counted(damaged.size(), "recovery point"), damaged.front()), .fix = "Look at the store's disk, and take a full backup: it stores again what is damaged."});
    }
}

void judge_checksum(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        std::size_t unread = 0;
        for (const RecoveryPoint& point : subject.past.points) {
            if (point.soundness == Soundness::Unchecked && context.now() - point.finished > kReadBackWithin) ++unread;
        }
        if (unread == 0) continue;
        context.report({.subject = subject.name(), .path = {"policies", subject.backups.name.str(), "verify"}, .message = fmt::format("{} never read back: nobody knows whether {} there", unread == 1 ? "1 recovery point was" : format_count(unread) + " recovery points were", unread == 1 ? "it is" : "they are"),
                        .fix = fmt::format("Check them: runbook catalog verify --database {}; and write `verify: {{ after_backup: checksum }}`.", subject.name())});
    }
}

void judge_provenance(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        std::size_t without = 0, dirty = 0;
        for (const RecoveryPoint& point : subject.past.points) {
            if (context.now() - point.finished > kLookedBack) continue;
            if (point.provenance.policy_commit.empty()) ++without;
            else if (point.provenance.policy_dirty) ++dirty;
        }
        if (without + dirty == 0) continue;
        context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("of its points of the last 30 days {} made outside git, {} with a policy that differs from its commit", without, dirty), .fix = "Keep the policy folder in git, and commit before it is used."});
    }
}

void judge_size_anomaly(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto states = states_of(subject.past);
        if (states.size() <= kHistoryLeast) continue;
        std::vector<std::uint64_t> before;
        for (std::size_t i = 1; i < states.size() && i <= 30; ++i) before.push_back(states[i]->source_bytes);
        const std::uint64_t usual = median(std::move(before)), newest = states.front()->source_bytes;
        if (newest > 0 && newest >= usual / 2 && newest / 2 <= usual) continue;
        context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("the newest state is {}, those before it {} (median of the last {})", newest == 0 ? "empty" : format_bytes(newest), format_bytes(usual), std::min<std::size_t>(30, states.size() - 1)),
                        .fix = "Look at the database: was something deleted, or something else put in its place?"});
    }
}

void judge_duration_anomaly(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        std::array<Duration, kBackupKindCount> sum{}, newest{};
        std::array<std::size_t, kBackupKindCount> count{};
        for (const PastRun& run : subject.past.runs) {
            if (run.state != JobState::Done) continue;
            const auto kind = static_cast<std::size_t>(run.kind);
            newest[kind] = run.finished - run.started;
            sum[kind] += newest[kind];
            ++count[kind];
        }
        for (std::size_t kind = 0; kind < kBackupKindCount; ++kind) {
            if (count[kind] <= kHistoryLeast) continue;
            const Duration average = (sum[kind] - newest[kind]) / static_cast<std::int64_t>(count[kind] - 1);
            // Below a second it is noise.
            if (newest[kind] < std::chrono::seconds(1) || newest[kind] <= 2 * average) continue;
            context.report({.subject = subject.name(), .path = database_path(subject), .message = fmt::format("the newest {} run took {}, the {} before it {} on average", name_of(static_cast<BackupKind>(kind)), for_people(newest[kind]), count[kind] - 1, for_people(average)), .fix = "Look at the load of the machine and at the store."});
        }
    }
}

}  // namespace holdfast
