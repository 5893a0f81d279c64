// `drill`: a runbook run for real against scratch (drill_world.hpp), and what it brought back held against what was backed up.
#pragma once

#include "dsl/run/runner.hpp"
#include "engine/model/drill.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

// A scratch copy of a drill that failed is kept for so long, to be looked at.
inline constexpr Duration kDrillKeptFor = std::chrono::hours(24 * 7);

struct DrillAsked {
    std::string name;                                  // A drill of the policy's `drills:`, or a runbook.
    std::optional<DatabaseName> database = {};         // Nothing: all that the policy's drill covers.
    std::optional<std::string> point = {};             // "random:30d" or the beginning of an id; otherwise as the policy's drill says, or the newest.
    std::vector<std::string> arguments = {};           // The runbook's own: "--mode", "merge", …
    std::function<Instant(const std::string&)> read_instant = {};
    std::function<std::size_t(std::size_t)> choose = {};   // A number below the one given; at random where it is empty.
};

// One record for each database; each is in the catalog, passed or failed. Measurements of restores and checks count for the RTO.
// Throws Error{Usage} for names that are not there, Error{Cancelled} where it was stopped (nothing is recorded then).
std::vector<DrillRecord> run_drills(const Workplace& workplace, const DrillAsked& asked, const RunHooks& hooks);
// Those of the policy whose time has come since they were run last.
std::vector<DrillRecord> run_due_drills(const Workplace& workplace, const std::optional<DatabaseName>& database, const RunHooks& hooks);

bool all_passed(const std::vector<DrillRecord>& drills);

}  // namespace holdfast
