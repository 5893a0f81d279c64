#include "engine/repository/ordered_work.hpp"

namespace holdfast {

OrderedWork::OrderedWork(unsigned workers, std::size_t under_way_max, CancelToken cancel)
    : under_way_max_(under_way_max), cancel_(std::move(cancel)) {
    for (unsigned i = 0; i < workers; ++i) {
        workers_.emplace_back([this, i](const std::stop_token& stop) { work(stop, i); });
    }
}

OrderedWork::~OrderedWork() {
    for (std::jthread& worker : workers_) worker.request_stop();
}

void OrderedWork::submit(std::unique_ptr<Task> task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, cancel_, [&] { return failure_ || pieces_.size() < under_way_max_; });
    if (!failure_ && cancel_.stop_requested()) fail(std::make_exception_ptr(Error(ErrorCode::Cancelled, "stopped on request")));
    if (failure_) rethrow_when_quiet(lock);
    pieces_.push_back({std::move(task), false});
    lock.unlock();
    changed_.notify_all();
}

void OrderedWork::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || pieces_.empty(); });
    if (failure_) rethrow_when_quiet(lock);
}

void OrderedWork::work(const std::stop_token& stop, unsigned worker) {
    std::unique_lock lock(mutex_);
    const auto has_work = [&] { return !failure_ && next_to_run_ < first_number_ + pieces_.size(); };
    while (changed_.wait(lock, stop, has_work) && !stop.stop_requested()) {
        const std::uint64_t number = next_to_run_++;
        Task& task = *pieces_[static_cast<std::size_t>(number - first_number_)].task;
        ++running_;
        lock.unlock();
        try {
            task.run(worker);
        } catch (...) {   // Anything at all is carried to the thread that submits.
            lock.lock();
            --running_;
            fail(std::current_exception());
            continue;
        }
        lock.lock();
        --running_;
        pieces_[static_cast<std::size_t>(number - first_number_)].has_run = true;
        finish_in_order(lock);
    }
}

// One thread at a time finishes; the others go on running tasks meanwhile.
void OrderedWork::finish_in_order(std::unique_lock<std::mutex>& lock) {
    if (finishing_) return;
    finishing_ = true;
    while (!failure_ && !pieces_.empty() && pieces_.front().has_run) {
        Task& task = *pieces_.front().task;
        lock.unlock();
        try {
            task.finish();
        } catch (...) {   // As above.
            lock.lock();
            fail(std::current_exception());
            break;
        }
        lock.lock();
        const std::unique_ptr<Task> done = std::move(pieces_.front().task);
        pieces_.pop_front();
        ++first_number_;
        changed_.notify_all();
    }
    finishing_ = false;
    changed_.notify_all();
}

void OrderedWork::fail(std::exception_ptr failure) {
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
}

// What tasks refer to may go once the failure is known: so none may be at work then.
void OrderedWork::rethrow_when_quiet(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [&] { return running_ == 0 && !finishing_; });
    std::rethrow_exception(failure_);
}

}  // namespace holdfast
