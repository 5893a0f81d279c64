// What only the whole folder can show to be wrong: names that lead nowhere, floors that are undercut,
// retention that no schedule can fill, waivers without an end. Pure: all facts are in the arguments.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/policy/load.hpp"
#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// A folder that has been read: the tree (policies after `extends`) and the model made from it. Names stand
// in both in the same order.
struct PolicyFolder {
    const TreeNode& root;
    const Policy& policy;
    const LoadOptions& options;
    const std::set<std::string>& broken_policies;   // Those that extend what is not there, or themselves.
};

// Every name that refers to something must lead there (`extends` is resolve_extends's concern).
void check_references(const PolicyFolder& folder, Problems& problems);
// A disaster for which no runbook is named is a note: whoever meets it will have to search.
void check_scenarios(const PolicyFolder& folder, Problems& problems);
// Each engine's own needs: a path or a connection; two names for one database.
void check_databases(const PolicyFolder& folder, Problems& problems);
// What the floor of an environment demands, as far as it can be known offline.
void check_floors(const PolicyFolder& folder, Problems& problems);
// Retention that the schedule can never fill.
void check_retention(const PolicyFolder& folder, Problems& problems);
// Says so where a folder has more schedules than can be looked at in a short time.
void note_exhausted_effort(bool exhausted, Problems& problems);
// Waivers and the people they name; two people with one key.
void check_people(const PolicyFolder& folder, Problems& problems);
// Ways of telling that could not work, or would tell everybody on the way.
void check_notify(const PolicyFolder& folder, Problems& problems);
// Notes about what this build cannot carry out.
void check_availability(const PolicyFolder& folder, Problems& problems);

// The place of the value at `path`, or of the deepest key above it that is there.
TextPlace nearest_place(const TreeNode& root, const std::vector<std::string>& path);

}  // namespace holdfast
