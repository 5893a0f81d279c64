// What one piece of work moved, and how long it took: what recovery times are predicted from.
#pragma once

#include "engine/model/recovery_point.hpp"

namespace holdfast {

enum class WorkKind : std::uint8_t {
    Backup,     // Read from the database and stored.
    Verify,     // Read back from the store.
    Copy,       // From one store to another.
    Restore,    // Fetched and written to its place; bytes are those of the restored files.
    Replay,     // Log read and laid over the point; bytes are those of the log.
    Check,      // A restored copy asked for its own integrity.
};
inline constexpr std::size_t kWorkKindCount = 6;
std::string_view name_of(WorkKind kind);    // backup, verify, copy, restore, replay, check

struct Measurement {
    Instant at;                    // When it was done.
    WorkKind kind = WorkKind::Restore;
    DatabaseName database;
    EngineKind engine = EngineKind::Sqlite;
    StoreName store;               // That was read from, or written to.
    std::string host;
    std::uint64_t bytes = 0;
    Duration took{0};
    bool operator==(const Measurement&) const = default;
};

}  // namespace holdfast
