// Decides what is told: from what is wrong now and what was told before. Pure: no clock, no catalog, nothing is sent.
//
// A trouble is told once, again when it has become worse, and after `remind_every` while it lasts; when it is over, so is that.
// What nobody was ever told of is not said to be over. Of one trouble at most one message of each kind is on its way, however
// long a server is away.
#pragma once

#include "engine/model/notice.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

struct TroublesNow {
    std::vector<Trouble> troubles;
    // Of these nobody could see whether they are still there (a store that cannot be asked): event and subject. They are neither told nor over.
    std::vector<std::pair<NoticeEvent, std::string>> unknown;
};

struct NoticesBefore {
    std::vector<ToldTrouble> told;
    std::vector<Notice> unsent;
};

// `new_id`: a new id at each call.
NoticeChanges decide_notices(const std::vector<NotifySpec>& ways, const TroublesNow& now, const NoticesBefore& before, Instant at, const std::function<std::string()>& new_id);

// When a message is tried again that has failed so often: after a minute, two, four, … an hour.
Instant next_try_after(std::int64_t attempts, Instant at);

}  // namespace holdfast
