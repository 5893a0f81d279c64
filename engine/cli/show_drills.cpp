#include "engine/cli/show_drills.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/drill.hpp"

namespace holdfast {
namespace {

std::string outcome_word(const DrillRecord& drill, const Style& style) { return drill.passed ? style.good("passed") : style.bad("FAILED"); }

}  // namespace

std::string drills_text(const std::vector<DrillRecord>& drills, Console& console) {
    if (drills.empty()) return "The policy has no database for this drill.\n";
    const Style& style = console.style();
    std::string text;
    for (const DrillRecord& drill : drills) {
        text += fmt::format("{} drill of {} with {}, in {}\n", outcome_word(drill, style), style.strong(drill.database.str()), drill.runbook, for_people(drill.took));
        if (drill.point) text += fmt::format("  brought back {}, as it was at {}\n", drill.point->str(), console.local_and_utc(drill.state_of));
        for (const DrillCheck& check : drill.checks) text += fmt::format("  {} {}: {}\n", check.passed ? style.good("ok") : style.bad("not ok"), check.name, printable(check.detail, 300));
        if (!drill.kept.empty()) text += fmt::format("  The scratch copy is kept for {} in {}\n", for_people(kDrillKeptFor), drill.kept);
    }
    return text;
}

std::string drill_history_text(const std::vector<DrillRecord>& drills, Console& console) {
    if (drills.empty()) return "No drill is on record. Run one: runbook drill total-failure --database NAME\n";
    Table table({{"WHEN"}, {"DATABASE"}, {"RUNBOOK"}, {"STATE OF"}, {"TOOK", Table::Align::Right}, {""}, {"WHY"}});
    for (const DrillRecord& drill : drills) {
        table.add({console.local(drill.started), drill.database.str(), drill.runbook, drill.point ? console.local(drill.state_of) : "", for_people(drill.took), outcome_word(drill, console.style()),
                   printable(drill.why, 100)});
    }
    return table.text(console.style());
}

}  // namespace holdfast
