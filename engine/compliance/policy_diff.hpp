// What a change of a policy means, database by database: what is promised, proved, kept, copied and guarded more or less than before.
//
// Pure. Texts that differ and mean the same are no difference.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/compliance/slot_lists.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {

enum class Direction : std::uint8_t { Weaker, Stronger, Other };
std::string_view name_of(Direction direction);    // weaker, stronger, other

struct PolicyChange {
    std::string database;            // Empty: the whole folder.
    std::string what;                // "rpo", "worst loss in a total-failure", "retention.daily", "backed up"
    std::string before, after;       // As the policy writes them; "none" where there is nothing.
    Direction direction = Direction::Other;
    bool operator==(const PolicyChange&) const = default;
};

// By database, in the order of `after`; those that are gone come last. `from`: the day from which on both are proved.
std::vector<PolicyChange> compare_policies(const Policy& before, const Policy& after, Instant from);

// Points that `before` keeps at some time and `after` lets go then.
struct Deletable {
    std::string database;
    Instant at;                      // The time looked at.
    std::size_t points = 0;          // So many more than under `before`.
    bool operator==(const Deletable&) const = default;
};
// At `now`, a week and 30 days after it; only where there are any. `points`: of all databases, in any order.
std::vector<Deletable> newly_deletable(const Policy& before, const Policy& after, std::span<const RecoveryPoint> points, Instant now);

}  // namespace holdfast
