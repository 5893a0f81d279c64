// Lives through the time from now to a day to come as the policy says: which points there would be, the
// longest time without one, and how full the store would become.
//
// Assumes that every slot runs on time and succeeds; what else it assumes is said in the result. Pure.
#pragma once

#include "engine/plan/make_plan.hpp"

namespace holdfast {

struct SimulatedPoint {
    Instant at;
    BackupKind kind = BackupKind::Full;
    std::uint64_t added_bytes = 0;        // Estimated.
    std::optional<Instant> expired;       // Nothing: still there at the end.
    bool exists = false;                  // It is there today.
    bool operator==(const SimulatedPoint&) const = default;
};

struct SimulatedWeek {
    Instant end;                          // End of an ISO week in the policy's zone; the last one ends with the simulation.
    std::uint64_t points = 0;             // Kept at that time.
    std::uint64_t bytes = 0;              // In the store at that time; estimated.
    bool operator==(const SimulatedWeek&) const = default;
};

struct DatabaseSimulation {
    DatabaseName database;
    std::vector<SimulatedPoint> points;   // Oldest first.
    Duration worst_gap{0};                // Between two neighbouring points, from the newest that exists to the end.
    Instant worst_gap_begin, worst_gap_end;
    std::vector<SimulatedWeek> weeks;
    std::vector<std::string> assumptions; // Sentences.
    bool operator==(const DatabaseSimulation&) const = default;
};

struct Simulation {
    Instant from, until;
    std::vector<DatabaseSimulation> databases;
    std::vector<std::string> notes;
    bool operator==(const Simulation&) const = default;
};

// Throws Error{Usage} where `until` is not after `now`, or more than 100 years after it.
Simulation simulate(const Policy& policy, const World& world, Instant now, Instant until, const PlanOptions& options = {});

}  // namespace holdfast
