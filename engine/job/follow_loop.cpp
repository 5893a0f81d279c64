#include "engine/job/follow_loop.hpp"

#include <condition_variable>
#include <mutex>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/log_lock.hpp"

namespace holdfast {
namespace {

// What waiting does not mend.
bool is_hopeless(ErrorCode code) {
    return code == ErrorCode::WrongKey || code == ErrorCode::NotPermitted || code == ErrorCode::Usage || code == ErrorCode::BadPolicy ||
           code == ErrorCode::Internal;
}

}  // namespace

void FollowLoop::run(const FollowOutcome& outcome, const std::function<void()>& follow, std::optional<ErrorCode> hopeless_too) {
    const LockFile lock = take_log_lock(installation_, database_, "a follower");
    Duration wait = options_.wait_first;
    while (!cancel_.stop_requested()) {
        try {
            follow();
            wait = options_.wait_first;
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) break;
            // Before it ever followed, a failure is an answer; afterwards the world may mend itself.
            if (!started_ || is_hopeless(error.code) || error.code == hopeless_too) throw;
            tell(FollowEvent::Kind::Waiting, fmt::format("{}; trying again in {}", error.message, for_people(wait)));
            pause(wait);
            wait = std::min(wait * 2, options_.wait_most);
        }
    }
    const std::string kept = outcome.until == Instant{} ? "nothing of its log was kept" : fmt::format("everything up to {} is in the store", to_rfc3339(outcome.until));
    tell(FollowEvent::Kind::Stopped, fmt::format("{} is not followed any more; {}", database_.str(), kept));
}

void FollowLoop::tell(FollowEvent::Kind kind, std::string text) const {
    if (options_.on_event) options_.on_event({kind, std::move(text)});
}

void FollowLoop::pause(Duration time) const {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait_for(lock, cancel_, time, [] { return false; });
}

void FollowLoop::started() {
    if (!started_ && options_.on_started) options_.on_started();
    started_ = true;
}

}  // namespace holdfast
