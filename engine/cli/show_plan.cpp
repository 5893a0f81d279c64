#include "engine/cli/show_plan.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/show_drills.hpp"

namespace holdfast {
namespace {

std::string kind_text(const Job& job) {
    if (job.run_as == job.slot.kind) return std::string(name_of(job.run_as));
    return fmt::format("{} (instead of {})", name_of(job.run_as), name_of(job.slot.kind));
}

std::string about(std::uint64_t bytes) { return bytes == 0 ? "?" : "~" + format_bytes(bytes); }
std::string about(Duration time) { return time == Duration(0) ? "?" : "~" + for_people(time); }

std::string jobs_text(const Plan& plan, Console& console) {
    if (plan.jobs.empty()) return "Nothing is due.\n";
    std::string text = fmt::format("{} would run now:\n", counted(plan.jobs.size(), "job"));
    Table table({{""}, {"DATABASE"}, {"KIND"}, {"SLOT"}, {"TO"}, {"BYTES", Table::Align::Right}, {"TIME", Table::Align::Right}, {"WHY"}});
    for (const Job& job : plan.jobs) {
        table.add({" ", job.slot.database.str(), kind_text(job), console.local(job.slot.at), job.store.str(), about(job.estimated_bytes),
                   about(job.estimated_time), job.why});
    }
    return text + table.text(console.style());
}

std::string expiries_text(const Plan& plan, Console& console) {
    std::size_t kept = 0;
    Table going({{""}, {"DATABASE"}, {"POINT"}, {"WHY"}});
    Table staying({{""}, {"DATABASE"}, {"POINT"}, {"WHY"}});
    for (const DatabaseRetention& database : plan.retention) {
        for (const RetentionVerdict& verdict : database.verdicts) {
            if (verdict.keep()) ++kept;
            (verdict.keep() ? staying : going).add({" ", database.database.str(), verdict.point.str(), why_kept(console.policy(), database.database, verdict)});
        }
    }
    std::string text = going.empty() ? "Nothing would expire.\n" : "Would expire:\n" + going.text(console.style());
    if (kept == 0) return text;
    if (!console.verbose()) return text + fmt::format("{} would stay; -v says why.\n", counted(kept, "point"));
    return text + fmt::format("{} would stay:\n", counted(kept, "point")) + staying.text(console.style());
}

std::string outcome_word(JobOutcome::Result result, const Style& style) {
    switch (result) {
        case JobOutcome::Result::Done: return style.good("done");
        case JobOutcome::Result::Failed: return style.bad("failed");
        case JobOutcome::Result::TakenByOther: return "taken by another process";
        case JobOutcome::Result::Late: return style.doubtful("too late, skipped");
        case JobOutcome::Result::Stopped: return style.doubtful("stopped");
    }
    return "";
}

std::string job_outcome_text(const JobOutcome& outcome, const Style& style) {
    std::string text = fmt::format("{} {}: {}", outcome.job.slot.database.str(), kind_text(outcome.job), outcome_word(outcome.result, style));
    if (outcome.point) {
        text += fmt::format(", point {}, {} stored of {} read, in {}", style.strong(outcome.point->id.str()),
                            format_bytes(outcome.point->stored_bytes), format_bytes(outcome.point->read_bytes), for_people(outcome.took));
    }
    if (outcome.log) {
        text += fmt::format(", {}, {} stored of {} read, in {}", counted(outcome.log->transactions, "transaction"), format_bytes(outcome.log->stored_bytes),
                            format_bytes(outcome.log->read_bytes), for_people(outcome.took));
        for (const std::string& note : outcome.log->notes) text += "\n  " + note;
    }
    text += "\n";
    if (!outcome.error.empty()) text += fmt::format("  {}\n", outcome.error);
    if (!outcome.hint.empty()) text += fmt::format("  {}\n", outcome.hint);
    return text;
}

std::string next_text(const Plan& plan, Console& console) {
    if (plan.upcoming.empty()) return "";
    const Slot& next = plan.upcoming.front();
    return fmt::format("Next: {} {} at {}, in {}.\n", next.database.str(), name_of(next.kind), console.local_and_utc(next.at),
                       for_people(next.at - plan.now));
}

std::string missed_text(const Plan& plan, Console& console) {
    if (plan.missed.empty()) return "";
    std::string text = fmt::format("{} missed for good, and recorded:\n", counted(plan.missed.size(), "slot"));
    Table table({{""}, {"DATABASE"}, {"KIND"}, {"SLOT"}, {"WHY"}});
    constexpr std::size_t kShown = 10;
    for (std::size_t at = 0; at < plan.missed.size() && (console.verbose() || at < kShown); ++at) {
        const MissedSlot& missed = plan.missed[at];
        table.add({" ", missed.slot.database.str(), std::string(name_of(missed.slot.kind)), console.local(missed.slot.at), missed.why});
    }
    text += table.text(console.style());
    if (!console.verbose() && plan.missed.size() > kShown) text += fmt::format("  and {} more; -v lists them\n", plan.missed.size() - kShown);
    return text;
}

std::string notes_text(const std::vector<std::string>& notes, const Style& style) {
    std::string text;
    for (const std::string& note : notes) text += fmt::format("{} {}\n", style.faint("note:"), note);
    return text;
}

}  // namespace

std::string plan_text(const Plan& plan, Console& console) {
    std::string text = fmt::format("The plan for {}\n\n", console.local_and_utc(plan.now)) + jobs_text(plan, console);
    for (const CopyJob& copy : plan.copies) {
        text += fmt::format("Would copy {} of {} from {} to {}: {}\n", copy.point.str(), copy.database.str(), copy.from.str(), copy.to.str(),
                            copy.why);
    }
    text += expiries_text(plan, console) + missed_text(plan, console) + notes_text(plan.notes, console.style()) + next_text(plan, console);
    return text + (plan.has_changes() ? "\nNothing was done. To do what is due: runbook tick\n" : "");
}

std::string tick_text(const TickDone& done, Console& console) {
    std::string text;
    for (const JobOutcome& outcome : done.outcome.jobs) {
        if (!console.quiet() || outcome.result != JobOutcome::Result::Done) text += job_outcome_text(outcome, console.style());
    }
    for (const std::string& copy : done.outcome.failed_copies) text += fmt::format("{} {}\n", console.style().bad("not copied:"), copy);
    for (const NoticeFailure& failure : done.notices.failed) text += fmt::format("{} {}: {}\n", console.style().bad("not told:"), failure.way, failure.error);
    if (console.quiet()) return text + missed_text(done.plan, console);
    if (done.notices.sent > 0) text += fmt::format("{} sent\n", counted(done.notices.sent, "message"));
    for (const std::string& copy : done.outcome.copies) text += copy + "\n";
    text += expiry_text(done.outcome.expired);
    if (!done.drills.empty()) text += drills_text(done.drills, console);
    if (text.empty()) text = "Nothing was due.\n";
    text += missed_text(done.plan, console);
    if (console.verbose()) text += notes_text(done.plan.notes, console.style());
    return text + next_text(done.plan, console);
}

std::string simulation_text(const Simulation& simulation, Console& console) {
    std::string text = fmt::format("From {} until {}, if every slot runs on time:\n", console.local(simulation.from), console.local(simulation.until));
    for (const DatabaseSimulation& database : simulation.databases) {
        text += fmt::format("\n{}: {} made or kept, worst gap {}", console.style().strong(database.database.str()),
                            counted(database.points.size(), "point"), for_people(database.worst_gap));
        if (database.worst_gap > Duration(0)) {
            text += fmt::format(" ({} to {})", console.local(database.worst_gap_begin), console.local(database.worst_gap_end));
        }
        text += "\n";
        Table table({{""}, {"WEEK ENDS"}, {"POINTS", Table::Align::Right}, {"IN THE STORE", Table::Align::Right}});
        for (const SimulatedWeek& week : database.weeks) {
            table.add({" ", console.local(week.end), format_count(week.points), week.bytes == 0 ? "?" : "~" + format_bytes(week.bytes)});
        }
        text += table.text(console.style());
        for (const std::string& assumption : database.assumptions) text += fmt::format("  {} {}\n", console.style().faint("assumed:"), assumption);
    }
    return text + notes_text(simulation.notes, console.style());
}

std::string expiry_plan_text(const ExpirePlan& plan, Console& console) {
    if (plan.entries.empty()) return "There is no recovery point.\n";
    Table table({{"DATABASE"}, {"POINT"}, {"STATE OF"}, {""}, {"WHY"}});
    for (const ExpirePlan::Entry& entry : plan.entries) {
        const std::string word = entry.verdict.keep() ? console.style().good("stays") : console.style().doubtful("expires");
        table.add({entry.point.database.str(), entry.point.id.str(), console.local(entry.point.instant), word, entry.why});
    }
    return table.text(console.style()) +
           fmt::format("\n{} would expire, {} would stay.\n", counted(plan.to_expire, "point"), plan.entries.size() - plan.to_expire);
}

std::string expiry_text(const ExpireOutcome& outcome) {
    std::string text;
    if (!outcome.expired.empty()) {
        text = fmt::format("{} expired, {} given back now; the rest follows when it is safe.\n", counted(outcome.expired.size(), "point"),
                           format_bytes(outcome.bytes_freed));
    }
    for (const std::string& refused : outcome.refused) text += refused + "\n";
    return text;
}

}  // namespace holdfast
