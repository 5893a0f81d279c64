// How many bytes and how long a backup will take, from what earlier ones took.
#pragma once

#include <span>

#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct Estimate {
    std::uint64_t bytes = 0;      // Stored; 0 without history.
    Duration time{0};
    bool operator==(const Estimate&) const = default;
};

// The median of the newest five points of that kind. Without any, nothing is known: zeros.
// `points`: of one database, newest first.
Estimate estimate_backup(std::span<const RecoveryPoint* const> points, BackupKind kind);

}  // namespace holdfast
