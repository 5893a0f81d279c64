// A slot is a job's identity: at most one run per slot, across restarts and machines.
#pragma once

#include "engine/base/time.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

struct Slot {
    DatabaseName database;
    BackupKind kind = BackupKind::Full;
    Instant at;                         // Nominal instant, UTC.

    auto operator<=>(const Slot&) const = default;
};

// Returns "orders/full/2026-11-20T01:00:00Z", the slot's key in the catalog and in texts.
std::string to_text(const Slot& slot);

}  // namespace holdfast
