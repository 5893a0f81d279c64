// What followers of every engine do alike around their own work: one at a time, tried again after what waiting may mend, and told of.
#pragma once

#include "engine/base/error.hpp"
#include "engine/job/follow.hpp"

namespace holdfast {

class FollowLoop {
public:
    FollowLoop(const Installation& installation, const DatabaseName& database, const FollowOptions& options, CancelToken cancel)
        : installation_(installation), database_(database), options_(options), cancel_(std::move(cancel)) {}

    // Calls `follow` again and again until it is stopped. Throws Busy where somebody follows already, what `follow` threw before
    // anything was followed, and later what waiting does not mend: `hopeless_too` is of that kind here. `outcome` is what `follow`
    // adds to; it is told at the end.
    void run(const FollowOutcome& outcome, const std::function<void()>& follow, std::optional<ErrorCode> hopeless_too = std::nullopt);
    void tell(FollowEvent::Kind kind, std::string text) const;
    // Until the time is over, or it is stopped.
    void pause(Duration time) const;
    // From now on nothing that is committed is lost.
    void started();

private:
    const Installation& installation_;
    DatabaseName database_;
    const FollowOptions& options_;
    CancelToken cancel_;
    bool started_ = false;
};

}  // namespace holdfast
