// Where an axis of time gets its marks: at midnights of the reader's zone, or at whole hours where the span is short.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/time.hpp"

namespace holdfast {

struct TimeTick {
    Instant at;
    std::string text;   // "27 Oct", "1 Jan 2027", "14:00"
    bool operator==(const TimeTick&) const = default;
};

// At most `most` of them, oldest first, none nearer to the edges than a thirtieth of the span. `local` gives "2026-11-20 14:05:00 CET" for an
// instant. The first one, and each in a new year, has its year; the first of each day its date.
std::vector<TimeTick> time_ticks(Instant from, Instant until, int most, const std::function<std::string(Instant)>& local);

}  // namespace holdfast
