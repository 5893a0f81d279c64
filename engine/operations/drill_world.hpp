// The world in which a drill runs: the real runbook, the real stores to read from, and scratch for everything that is written.
//
// One database whose path is in a scratch folder, and of a server's nothing that leads to the real one; a catalog that holds copies of that database's points alone; a store of its own for
// what the runbook backs up; the real stores behind read-only doors. So nothing has to be rewritten in a runbook, and what would
// still change the real stores fails. Applications are not touched (Installation::is_drill).
#pragma once

#include "engine/operations/open.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {

class DrillWorld {
public:
    // `folder` is made anew, 0700; it lies in drills/ of the real state folder. Throws Error{Unavailable} for an engine that is not in this build.
    DrillWorld(const Workplace& workplace, const DatabaseSpec& database, fs::path folder);
    DrillWorld(const DrillWorld&) = delete;
    DrillWorld& operator=(const DrillWorld&) = delete;
    ~DrillWorld();

    const Installation& installation() const { return *installation_; }
    const fs::path& folder() const { return folder_; }
    // Where the database of the drill lives: in the scratch folder.
    fs::path live() const;
    // Where a runbook that wants a location restores to.
    fs::path elsewhere() const { return folder_ / "restored" / "database.db"; }

private:
    fs::path folder_;
    Policy policy_;
    StoreRegistry stores_;
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<Repositories> repositories_;
    std::unique_ptr<Installation> installation_;
};

// Ends servers that go on over scratch copies in a drill's folder. Never throws: what cannot be ended is a warning.
void end_scratch_servers(const ProviderRegistry& providers, const fs::path& folder);

// What a drill begins with: after an accidental deletion a database that lacks rows, after a corruption one with a damaged page, after
// a total failure none, and else the state itself.
enum class StagedDisaster : std::uint8_t { None, AccidentalDeletion, Corruption, TotalFailure };
// By the policy's `scenarios:`, else by the runbook's name.
StagedDisaster disaster_answered_by(const Policy& policy, const std::string& runbook);
// Returns a sentence. Throws Error{CannotRecover} where nothing in the database can be deleted or damaged.
std::string stage_disaster(const DrillWorld& world, StagedDisaster disaster, const RecoveryTarget& state, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
