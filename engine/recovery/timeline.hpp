// What can be recovered, over time: spans in which any moment can, single points, and holes with their cause.
// Depends on the arguments alone.
#pragma once

#include <span>

#include "engine/model/log.hpp"

namespace holdfast {

enum class SpanKind : std::uint8_t {
    AnySecond,   // To the second or better.
    Steps,       // A log, but its transactions are known only to have come between two looks at it.
    Hole,        // Between two logs: only the single points in it.
};

struct TimelineSpan {
    SpanKind kind = SpanKind::AnySecond;
    Instant from, until;
    Duration precision{0};              // Of a log.
    std::uint64_t transactions = 0;     // In all streams that it is made of.
    std::string cause;                  // Of a hole.
    bool operator==(const TimelineSpan&) const = default;
};

struct Timeline {
    DatabaseName database;
    Instant from, until;                // What the picture covers.
    std::vector<TimelineSpan> spans;    // In order; they do not overlap, but there may be nothing between two.
    std::vector<RecoveryPoint> points;  // Oldest first, those in the picture.
};

// `points` and `windows` of one database, in any order. `since`: nothing before it is shown; otherwise from the oldest point on.
Timeline timeline_of(const DatabaseName& database, std::span<const RecoveryPoint> points, std::span<const LogWindow> windows,
                     std::optional<Instant> since, Instant now);

std::string_view name_of(SpanKind kind);   // any-second, steps, hole

}  // namespace holdfast
