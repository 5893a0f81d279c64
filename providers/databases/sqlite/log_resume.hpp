// Decides whether a write-ahead log goes on behind a mark, and brings a tail there. It says yes only with proof: the
// reasons are at the top of log_resume.cpp.
#pragma once

#include "providers/databases/sqlite/log_mark.hpp"
#include "providers/databases/sqlite/wal_holds.hpp"
#include "providers/databases/sqlite/wal_tail.hpp"

namespace holdfast {

struct LogResume {
    std::string why_not;                      // Not empty: a gap.
    std::optional<std::uint32_t> old_end;     // The mark's generation is over; it ended with this frame, and the next one follows.
};

// `now` was looked at after `holds` began to hold; `held_since` is when that was.
LogResume resume_log(const LogMark& mark, const WalIndexHeader& now, Instant held_since, const WalHolds& holds, WalTail& tail);

// The newest frames of all pages from the beginning of the log to the place, where the tail stands afterwards as before.
// Nothing where the log does not prove it. Requires: the log is pinned (WalTail::next).
std::optional<NewestFrames> frames_until(const WalPlace& place, WalTail& tail);

}  // namespace holdfast
