// One restorable state in a repository, as the catalog, the plan and the user see it. What the
// repository itself keeps of it (the map of pages) is engine/repository's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

// Where a point came from; carried in the point itself, so the store alone can answer for it.
struct Provenance {
    std::string policy_commit;      // Git commit of the policy folder; empty outside git.
    bool policy_dirty = false;      // The folder had uncommitted changes.
    std::string policy_hash;        // SHA-256 of the effective policy, hex.
    std::optional<Instant> slot;    // Nothing: made by hand or by a runbook.
    std::string host, user, version;
    std::string why;                // Given by hand or by a runbook.
    std::string key;                // Idempotency key of the job or step that made it: one point per key. Empty: none.
    bool operator==(const Provenance&) const = default;
};

enum class Soundness : std::uint8_t {
    Unchecked,   // Committed, its bytes not yet read back.
    Sound,       // The newest check found every byte.
    Damaged,     // The newest check found bytes missing; it cannot be restored whole.
};

// What keeps a point beyond its retention: until somebody unpins it, or until a time, or (neither) nothing does.
struct Pin {
    bool pinned = false;
    std::optional<Instant> keep_until;

    bool holds(Instant now) const { return pinned || (keep_until && *keep_until > now); }
    bool operator==(const Pin&) const = default;
};

struct RecoveryPoint {
    PointId id;
    DatabaseName database;
    EngineKind engine = EngineKind::Sqlite;
    BackupKind kind = BackupKind::Full;
    Instant started;                // When the backup began.
    Instant instant;                // The state restored is that of this instant: every commit before it is in, none after.
    Instant finished;
    std::uint64_t source_bytes = 0; // Size of the database.
    std::uint64_t read_bytes = 0;   // Read from it for this point.
    std::uint64_t stored_bytes = 0; // Added to the repository by this point, compressed and sealed.
    std::vector<StoreName> copies;  // Stores that hold it (catalog and plan; empty when read from one store).
    Soundness soundness = Soundness::Unchecked;
    bool pinned = false;
    std::optional<Instant> keep_until;   // `--keep 30d`: a pin that ends.
    Provenance provenance;

    Pin pin() const { return {.pinned = pinned, .keep_until = keep_until}; }
    bool operator==(const RecoveryPoint&) const = default;
};

std::string_view name_of(Soundness soundness);   // unchecked, sound, damaged

}  // namespace holdfast
