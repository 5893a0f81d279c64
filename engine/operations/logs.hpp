// `follow`, `backup now --log`, `log`, `timeline` and `exec`: the log of a database, written and looked at.
#pragma once

#include "engine/job/follow.hpp"
#include "engine/job/take_log.hpp"
#include "engine/operations/open.hpp"
#include "engine/recovery/timeline.hpp"

namespace holdfast {

// Follows all of them, each in a thread of its own, until `cancel`. One that cannot be followed stops the others too, and its
// failure is thrown when all have ended. `on_started`: each of them is followed.
struct FollowedDatabase {
    DatabaseName database;
    FollowOutcome outcome;
};
std::vector<FollowedDatabase> follow_databases(const Workplace& workplace, const std::vector<DatabaseName>& databases,
                                               const std::function<void(const DatabaseName&, const FollowEvent&)>& on_event,
                                               const std::function<void()>& on_started, const CancelToken& cancel);

LogDone take_log_now(const Workplace& workplace, const DatabaseName& database, Progress& progress, const CancelToken& cancel);

struct LogAsked {
    DatabaseName database;
    std::optional<Instant> around;       // The transactions nearest to it; otherwise the newest.
    std::size_t limit = 20;
    bool with_tables = true;             // Which tables each touched.
};
struct ListedTransaction {
    LogPosition position;
    LogTransaction transaction;
    std::vector<std::string> touched;    // "orders", "items (index items_by_order)", most pages first; empty where it is not known.
};
struct LogListing {
    std::vector<ListedTransaction> transactions;   // Oldest first.
    std::uint64_t in_all = 0;                      // Of all streams.
    std::string note;                              // Why tables are not named.
};
LogListing list_log(const Workplace& workplace, const LogAsked& asked, const CancelToken& cancel);

struct TimelineAsked {
    std::optional<DatabaseName> database;
    std::optional<Instant> since;
    std::optional<Instant> as_of;        // Now, where left out.
};
struct TimelineRow {
    Timeline timeline;
    bool followed = false;               // Somebody follows it just now, in this installation.
};
std::vector<TimelineRow> timelines(const Workplace& workplace, const TimelineAsked& asked);

}  // namespace holdfast
