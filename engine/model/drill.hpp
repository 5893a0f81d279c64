// A drill: a runbook that was run against a scratch copy, and what the result was like.
#pragma once

#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct DrillCheck {
    std::string name;              // "integrity", "row-counts", "probe", "runbook", "time"
    bool passed = false;
    std::string detail;
    bool operator==(const DrillCheck&) const = default;
};

struct DrillRecord {
    std::string id;
    std::string drill;             // The policy's name for it; empty: by hand.
    DatabaseName database;
    std::string runbook, runbook_hash;
    std::optional<PointId> point;  // Nothing: it failed before one was chosen.
    std::string point_digest;      // SHA-256 of the point's object in the store, hex.
    Instant state_of;              // The state that was brought back.
    Instant started, finished;
    Duration took{0};              // Of the runbook alone, without what prepared and checked it.
    std::optional<Duration> limit; // It was to finish within.
    bool passed = false;
    std::vector<DrillCheck> checks;
    std::string why;               // Why it did not pass.
    std::string kept;              // Where the scratch copy still is.
    std::string policy_commit, policy_hash, host, user;
    bool operator==(const DrillRecord&) const = default;
};

}  // namespace holdfast
