// The fine search of engine/recovery/last_good.hpp in a server's log: one restored copy is walked forward over the commits between the last point
// that is known to be good and the first state that is not.
//
// A copy never goes back. So the first walk asks in strides of about the root of their number; a second one begins at the same point, goes to the
// last stride that was good, and asks at every commit of the next. Two copies and few questions, and the answer is exact to the commit.
#pragma once

#include "engine/recovery/last_good.hpp"

namespace holdfast {

// Where the log in front of `request.until` ends, where there is one and it reaches farther than any point.
std::optional<RecoveryTarget> end_of_wal(const Installation& installation, const LastGoodRequest& request);

// False: the database has no such log, and nothing was done.
bool walk_wal_closer(const Installation& installation, const LastGoodRequest& request, LastGood& found, const std::function<void(const StateAnswer&)>& each,
                     Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
