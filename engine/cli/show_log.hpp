// The log of a database and what can be recovered over time, as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/logs.hpp"

namespace holdfast {

std::string log_done_text(const DatabaseName& database, const LogDone& done, Console& console);
std::string follow_event_text(const DatabaseName& database, const FollowEvent& event, Console& console);
std::string followed_text(const std::vector<FollowedDatabase>& followed, Console& console);
std::string listing_text(const LogAsked& asked, const LogListing& listing, Console& console);
// A bar a database, then its spans and holes in words.
std::string timelines_text(const std::vector<TimelineRow>& rows, Console& console);

}  // namespace holdfast
