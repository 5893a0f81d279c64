#include "engine/job/deadline.hpp"

namespace holdfast {
namespace {
// How late a limit may be noticed. The clock is asked rather than waited for: tests move it by hand.
constexpr auto kLook = std::chrono::milliseconds(50);
}  // namespace

Deadline::Deadline(const Clock& clock, std::optional<Duration> limit, CancelToken outer)
    : outer_(std::move(outer), [this] { stop_.request_stop(); }) {
    if (!limit) return;
    watcher_ = std::thread([this, &clock, until = clock.steady() + *limit] { watch(clock, until); });
}

Deadline::~Deadline() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    ended_changed_.notify_all();
    if (watcher_.joinable()) watcher_.join();
}

void Deadline::watch(const Clock& clock, Duration until) {
    std::unique_lock lock(mutex_);
    while (!ended_ && !stop_.stop_requested()) {
        if (clock.steady() >= until) {
            passed_ = true;
            stop_.request_stop();
            return;
        }
        ended_changed_.wait_for(lock, kLook);
    }
}

}  // namespace holdfast
