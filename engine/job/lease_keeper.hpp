// Keeps the lease of a claimed slot alive while its job runs, and stops the job where the lease was lost.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/catalog/catalog.hpp"

namespace holdfast {

inline constexpr Duration kJobLease = std::chrono::seconds(90);

class LeaseKeeper {
public:
    // Renews every third of the lease. `on_lost` is called at most once, from the keeper's thread.
    LeaseKeeper(Catalog& catalog, std::int64_t job, std::string runner, std::function<void()> on_lost, Duration lease = kJobLease);
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;
    ~LeaseKeeper();
    bool is_lost() const { return lost_; }

private:
    void keep();

    Catalog& catalog_;
    const std::int64_t job_;
    const std::string runner_;
    const std::function<void()> on_lost_;
    const Duration lease_;
    std::atomic<bool> lost_{false};
    std::mutex mutex_;
    std::condition_variable ended_changed_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace holdfast
