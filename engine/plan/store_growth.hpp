// Estimates how many bytes a set of recovery points takes in a store that keeps equal content once.
//
// The model: the newest state takes `whole`, the size of a first full. Every older point that is kept takes, on
// top of that, what changed between it and the next one kept: no more than the sum of what the points in between
// added, and no more than a whole.
#pragma once

#include "engine/plan/plan_scope.hpp"

namespace holdfast {

class StoreGrowth {
public:
    StoreGrowth(const ScopedDatabase& database, const World& world);

    // What a backup of that kind will add, `since_last` after the one before it.
    std::uint64_t added_by(BackupKind kind, bool first, Duration since_last) const;

    // Tells the next point, in order of time, and what it added.
    void record(BackupKind kind, std::uint64_t added);
    // What the points at these places in that order take. Requires: ascending, all recorded.
    std::uint64_t bytes_of(const std::vector<std::size_t>& kept) const;

    // What the numbers stand on, as sentences.
    std::vector<std::string> assumptions() const;

private:
    struct Typical {
        std::uint64_t bytes = 0;
        bool known = false;
    };
    Typical typical_of(const ScopedDatabase& database, BackupKind kind) const;

    std::uint64_t whole_ = 0;                // Stored size of one complete state.
    bool whole_from_size_ = false;           // Derived from the size of the database, not from a backup.
    std::array<Typical, kBackupKindCount> typical_;
    struct Recorded {
        BackupKind kind;
        std::uint64_t sum;                   // Added by this and all before it, logs apart.
        std::uint64_t added;
    };
    std::vector<Recorded> recorded_;
};

}  // namespace holdfast
