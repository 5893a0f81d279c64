#include "engine/job/lease_keeper.hpp"

#include "engine/base/error.hpp"
#include "engine/base/log.hpp"

namespace holdfast {

LeaseKeeper::LeaseKeeper(Catalog& catalog, std::int64_t job, std::string runner, std::function<void()> on_lost, Duration lease)
    : catalog_(catalog), job_(job), runner_(std::move(runner)), on_lost_(std::move(on_lost)), lease_(lease), thread_([this] { keep(); }) {}

LeaseKeeper::~LeaseKeeper() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    ended_changed_.notify_all();
    thread_.join();
}

void LeaseKeeper::keep() {
    std::unique_lock lock(mutex_);
    while (!ended_changed_.wait_for(lock, lease_ / 3, [this] { return ended_; })) {
        try {
            if (catalog_.renew(job_, runner_, lease_)) continue;
            lost_ = true;
            on_lost_();
            return;
        } catch (const Error& error) {
            // A catalog that is busy for a moment is tried again; the lease outlives two failures.
            log_warning("renewing the lease of job {}: {}", job_, error.message);
        }
    }
}

}  // namespace holdfast
