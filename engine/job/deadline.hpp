// A time limit for work that can be cancelled: asks it to stop when the limit has passed, or when the
// caller's own token asks. A thread watches; it ends with the object.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/cancel.hpp"
#include "engine/base/clock.hpp"

namespace holdfast {

class Deadline {
public:
    // Without `limit` only the caller's token counts.
    Deadline(const Clock& clock, std::optional<Duration> limit, CancelToken outer);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    CancelToken token() const { return stop_.get_token(); }
    void stop() { stop_.request_stop(); }             // For another reason, from any thread.
    bool has_passed() const { return passed_; }       // It was the limit that asked to stop.

private:
    void watch(const Clock& clock, Duration until);

    std::stop_source stop_;
    std::stop_callback<std::function<void()>> outer_;
    std::atomic<bool> passed_{false};
    std::mutex mutex_;
    std::condition_variable ended_changed_;
    bool ended_ = false;
    std::thread watcher_;
};

}  // namespace holdfast
