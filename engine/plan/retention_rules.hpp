// The rules of retention on bare facts, so that a year of them can be simulated in no time. What they mean
// is told in retention.hpp.
#pragma once

#include <span>

#include "engine/model/plan.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

// A set of reasons as bits.
class KeepReasons {
public:
    void add(KeepReason reason) { bits_ |= bit(reason); }
    bool has(KeepReason reason) const { return (bits_ & bit(reason)) != 0; }
    bool empty() const { return bits_ == 0; }
    std::vector<KeepReason> list() const;   // In the order of the enumeration.

private:
    static std::uint32_t bit(KeepReason reason) { return std::uint32_t{1} << static_cast<unsigned>(reason); }
    std::uint32_t bits_ = 0;
};

struct RetentionCandidate {
    Instant instant;
    BackupKind kind = BackupKind::Full;
    bool damaged = false;
    KeepReasons reasons;      // Those that do not depend on other points are there before apply_retention.
};

// Adds every reason that the rule and the other points give. Requires: oldest first.
void apply_retention(const RetentionRule& rule, const TimeZone& zone, std::span<RetentionCandidate> oldest_first, Instant now);

}  // namespace holdfast
