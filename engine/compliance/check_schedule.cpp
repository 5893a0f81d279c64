#include "engine/compliance/check_schedule.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

std::vector<std::string> rule_path(const BackupPolicy& backups, BackupKind kind) { return {"policies", backups.name.str(), "backups", std::string(name_of(kind))}; }

// The shortest time between two slots of one schedule.
std::optional<Duration> shortest_distance(CheckContext& context, const When& when) {
    if (const auto* every = std::get_if<EverySpec>(&when)) return every->every;
    const std::vector<Instant>& slots = context.slots.of(when);
    std::optional<Duration> shortest;
    for (std::size_t i = 1; i < slots.size(); ++i) shortest = std::min(shortest.value_or(Duration::max()), slots[i] - slots[i - 1]);
    return shortest;
}

// How long runs of that kind took on average; nothing without history.
std::optional<Duration> average_time(const DatabaseEvidence& past, BackupKind kind) {
    Duration sum{0};
    std::int64_t count = 0;
    for (const PastRun& run : past.runs) {
        if (run.kind != kind || run.state != JobState::Done) continue;
        sum += run.finished - run.started;
        ++count;
    }
    return count == 0 ? std::nullopt : std::optional(sum / count);
}

// All that is due by one schedule at one time.
struct Crowd {
    const CheckContext::Subject* first = nullptr;
    const BackupRule* rule = nullptr;
    std::size_t databases = 0, measured = 0;
    Duration time{0}, longest{0};
};

}  // namespace

void judge_sched_dst(CheckContext& context) {
    std::map<std::string, std::vector<std::string>> known;
    for (const auto& subject : context.subjects()) {
        for (const BackupRule& rule : subject.backups.backups) {
            const auto [warnings, fresh] = known.try_emplace(schedule_text(rule.when));
            if (fresh) warnings->second = dst_warnings(rule.when, context.slots.zone(), context.slots.begin());
            if (warnings->second.empty()) continue;
            context.report({.subject = subject.name(), .path = rule_path(subject.backups, rule.kind), .message = warnings->second.front(), .fix = "Choose an hour that neither comes twice nor is skipped, or `every:`, which counts elapsed time."});
        }
    }
}

void judge_sched_overlap(CheckContext& context) {
    std::map<std::string, std::optional<Duration>> known;
    for (const auto& subject : context.subjects()) {
        for (const BackupRule& rule : subject.backups.backups) {
            if (!rule.finish_within) continue;
            const auto [distance, fresh] = known.try_emplace(schedule_text(rule.when));
            if (fresh) distance->second = shortest_distance(context, rule.when);
            if (!distance->second || run_latency(rule) <= *distance->second) continue;
            context.report({.subject = subject.name(), .path = rule_path(subject.backups, rule.kind),
                            .message = fmt::format("a {} run may still go on when the next is due: {} start_within + {} finish_within = {}, and only {} lie between two slots", name_of(rule.kind),
                                                   for_people(rule.start_within.value_or(Duration(0))), for_people(*rule.finish_within), for_people(run_latency(rule)), for_people(*distance->second)),
                            .fix = "Shorten start_within or finish_within, or back up less often."});
        }
    }
}

void judge_sched_load(CheckContext& context) {
    std::map<std::string, Crowd> crowds;
    for (const auto& subject : context.subjects()) {
        for (const BackupRule& rule : subject.backups.backups) {
            if (!rule.start_within || std::holds_alternative<ContinuousSpec>(rule.when)) continue;
            Crowd& crowd = crowds[fmt::format("{} {}", name_of(rule.kind), schedule_text(rule.when))];
            if (crowd.first == nullptr) crowd.first = &subject;
            if (crowd.rule == nullptr || *rule.start_within < *crowd.rule->start_within) crowd.rule = &rule;
            ++crowd.databases;
            const auto time = average_time(subject.past, rule.kind);
            if (!time) continue;
            ++crowd.measured;
            crowd.time += *time;
            crowd.longest = std::max(crowd.longest, *time);
        }
    }
    for (const auto& [schedule, crowd] : crowds) {
        const Duration before_last = crowd.time - crowd.longest;
        if (crowd.databases < 2 || before_last <= *crowd.rule->start_within) continue;
        context.report({.subject = crowd.first->name(), .path = rule_path(crowd.first->backups, crowd.rule->kind),
                        .message = fmt::format("{} are due at the same time ({}) and run one after the other; by what they took, the last begins after {}, and has to within {}", counted(crowd.databases, "backup"), schedule, for_people(before_last), for_people(*crowd.rule->start_within)),
                        .fix = "Spread them over several times, or allow for a later start."});
    }
}

}  // namespace holdfast
