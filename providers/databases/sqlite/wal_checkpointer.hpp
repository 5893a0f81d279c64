// Copies what is committed in a write-ahead log into the database's file, in the caller's thread or in one of its own, so that
// the syncs of it keep nobody from capturing meanwhile. Never waits for another program's locks.
//
// Programs checkpoint by themselves, most of them with each commit to a log of more than 1000 frames. As soon as a hold moves on,
// the next commit would pay for copying all that the hold had kept back. So the hold is moved (`once_locked`) when the lock that
// only one checkpoint can have is ours already.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

struct CheckpointResult {
    bool ran = false;                         // False: another program's checkpoint was at work, and nothing was called.
    std::uint32_t frames = 0, copied = 0;     // Of the log; how many of them are in the file now.
    std::chrono::nanoseconds took{0};
};

// One thread uses it.
class WalCheckpointer {
public:
    // Requires: the connection has read in WAL mode.
    explicit WalCheckpointer(Connection connection);
    WalCheckpointer(const WalCheckpointer&) = delete;
    WalCheckpointer& operator=(const WalCheckpointer&) = delete;
    ~WalCheckpointer();

    // Waits for what was begun, and does another one here. Calls `once_locked` before it looks which frames it may copy.
    CheckpointResult run(const std::function<void()>& once_locked = {});
    // Lets its own thread do one, and waits until that has called `once_locked`; false where it could not begin. Requires: none is at work.
    bool begin(std::function<void()> once_locked);
    bool is_at_work() const;
    // Until none is at work, or the time is over.
    void wait();
    void wait_for(std::chrono::microseconds at_most);
    // Of what was begun and has ended since the last call; throws what it threw.
    std::optional<CheckpointResult> take_result();
    // Cuts the log's file off where all of it is in the database's file and nobody reads from it. False where it is not so.
    bool truncate();

private:
    struct Watch;

    CheckpointResult checkpoint(const char* mode, const std::function<void()>& once_locked);
    void work();

    std::unique_ptr<Watch> watch_;            // Outlives the connection.
    Connection connection_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool asked_ = false, locked_ = false, ending_ = false;
    std::function<void()> once_locked_;
    std::optional<CheckpointResult> result_;
    std::exception_ptr failure_;
    std::thread thread_;                      // Begun with the first begin().
};

}  // namespace holdfast
