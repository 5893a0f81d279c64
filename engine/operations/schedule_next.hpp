// `schedule next` and `schedule explain`: when things are due, in the zone and in UTC.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/model/slot.hpp"

namespace holdfast {

// The next `count` slots, soonest first, of one database or of all.
std::vector<Slot> next_slots(const Policy& policy, const std::optional<DatabaseName>& database, Instant now, std::size_t count);

struct CronMeaning {
    std::string line;
    std::string zone;
    std::string words;                   // "at 02:00 on Sunday"
    std::vector<Instant> next;
    std::vector<std::string> warnings;   // Hours that the clocks skip or repeat.
};
// Throws Error{Usage} with the place for a line that is none, Error{BadPolicy} for a zone that does not exist.
CronMeaning explain_cron(const std::string& line, const std::string& zone, Instant now, std::size_t count);

}  // namespace holdfast
