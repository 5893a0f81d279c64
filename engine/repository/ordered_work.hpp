// Runs tasks on worker threads and finishes them one by one in the order in which they came: how a
// backup uses every core and still writes pages in order.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/cancel.hpp"

namespace holdfast {

class OrderedWork {
public:
    class Task {
    public:
        virtual ~Task() = default;
        virtual void run(unsigned worker) = 0;   // Beside other tasks, on worker thread number `worker`.
        virtual void finish() = 0;               // Alone, after finish() of every task submitted before.
    };

    // At most `under_way_max` tasks are kept at a time: what they hold in memory is bounded by it.
    OrderedWork(unsigned workers, std::size_t under_way_max, CancelToken cancel);
    ~OrderedWork();   // Tasks that were not begun are dropped.
    OrderedWork(const OrderedWork&) = delete;
    OrderedWork& operator=(const OrderedWork&) = delete;

    // Waits for room. Throws what a task threw, or Cancelled; then no task runs any more nor will run.
    void submit(std::unique_ptr<Task> task);
    // Waits until everything submitted is finished; throws as submit().
    void drain();

private:
    struct Piece {
        std::unique_ptr<Task> task;
        bool has_run = false;
    };
    void work(const std::stop_token& stop, unsigned worker);
    void finish_in_order(std::unique_lock<std::mutex>& lock);
    void fail(std::exception_ptr failure);
    [[noreturn]] void rethrow_when_quiet(std::unique_lock<std::mutex>& lock);

    const std::size_t under_way_max_;
    CancelToken cancel_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Piece> pieces_;         // Under way, oldest first.
    std::uint64_t first_number_ = 0;   // Of pieces_.front().
    std::uint64_t next_to_run_ = 0;
    unsigned running_ = 0;
    bool finishing_ = false;
    std::exception_ptr failure_;
    std::vector<std::jthread> workers_;   // Last: they use everything above.
};

}  // namespace holdfast
