// Reads logs back, makes every page as a restore would (from the base point, where it is a delta), and names what is damaged and which
// transactions that takes; and finds streams that nobody can use any more.
#pragma once

#include "engine/repository/log_chain.hpp"

namespace holdfast {

struct LogCheckOptions {
    std::set<PointId> bases;       // Streams that follow one of these; empty: every piece that is there.
    double sample = 1.0;           // Share of the pieces whose pages are made.
};
void check_logs(Store& store, Keyring& keys, const LogCheckOptions& options, const std::function<void(Damage)>& on_damage, Progress& progress,
                const CancelToken& cancel);

// Removes streams whose base is gone for longer than `grace` (nothing was added for as long), and those whose data key was destroyed.
// Returns how many objects, and their bytes.
struct RemovedLogs { std::uint64_t objects = 0, bytes = 0; };
RemovedLogs remove_dead_logs(Store& store, Keyring& keys, Instant now, Duration grace, const CancelToken& cancel);

}  // namespace holdfast
