// Follows one database: every transaction goes into the repository while it happens.
//
// A stream follows a recovery point; the follower takes one (by page comparison where it can) whenever there is nothing
// to go on with, when the database's log has a gap, when a newer full is there to take deltas against, and when a stream has
// grown long, so that no restore has much to replay. The change from one stream to the next loses nothing: the next one's point is
// taken while the old stream is still written. A store that is away, a full disk, a database that is gone: it waits and goes on.
#pragma once

#include <functional>

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct FollowEvent {
    enum class Kind : std::uint8_t {
        Following,   // A stream is written, and nothing is missing before what it gets now; `text` says which.
        Gap,         // Something could not be captured; a point by page comparison closes it.
        Renewed,     // The next stream has begun, without a gap.
        Waiting,     // Not possible just now; tried again.
        Stopped,
    } kind = Kind::Following;
    std::string text;
};

struct FollowOptions {
    std::function<void(const FollowEvent&)> on_event;       // Called from any thread; may be empty.
    std::function<void()> on_started;                       // Once: from now on nothing that is committed is lost. May be empty.
    std::uint64_t renew_after = 1'000'000;                  // Transactions of one stream.
    Duration care_every{10'000};                            // Between two looks at merging, copying and renewing.
    Duration wait_first{500}, wait_most{15'000};            // Before what failed is tried again.
};

struct FollowOutcome {
    std::uint64_t transactions = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t gaps = 0;
    Instant until;                     // Every commit before it is in the store.
};

// Goes on until `cancel`; then what was committed before is durable. Throws Busy where somebody follows already, and what stands in the
// way of even beginning (a wrong key, a database without a log of its own: Unavailable with what to do).
FollowOutcome follow(const Installation& installation, const DatabaseName& database, const FollowOptions& options, CancelToken cancel);

}  // namespace holdfast
