// `find`: the last moment at which a statement was true, and what to type to get back there.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/recovery/last_good.hpp"

namespace holdfast {

struct MomentFound {
    LastGood found;
    std::string next;                 // The command to type next; empty where there is nothing to bring back.

    // 0: there is such a moment. 4: there is none.
    int exit_status() const;
};

// What to give to --before; empty where only a point's id names the state.
std::string before_text(const LastGood& found);

MomentFound find_moment(const Workplace& workplace, const LastGoodRequest& asked, const std::function<void(const StateAnswer&)>& each,
                        Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
