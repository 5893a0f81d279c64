#include "engine/operations/local_time.hpp"

#include "engine/schedule/parse_instant.hpp"

namespace holdfast {

Instant LocalTimes::read(const std::string& text, Instant now) const { return parse_instant(text, zone_, now); }

std::string LocalTimes::text_with_utc(Instant at) const { return echo_instant(at, zone_); }

}  // namespace holdfast
