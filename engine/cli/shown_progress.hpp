// Progress for people: a line that moves on a terminal, plain lines elsewhere, nothing for what is quick.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

#include "engine/base/clock.hpp"
#include "engine/base/progress.hpp"

namespace holdfast {

// Returns "  backing up orders  41 %  4.1 GB of 10 GB  512 MB/s  12 s left".
std::string progress_line(std::string_view phase, std::uint64_t done, std::uint64_t total, Duration took);

// Draws on a terminal after the first second of a phase, five times a second, on a thread of its own.
class TerminalProgress final : public Progress {
public:
    TerminalProgress(std::ostream& to, std::size_t columns);
    ~TerminalProgress() override;
    void begin(std::string_view phase, std::uint64_t total_bytes) override;
    void advance(std::uint64_t bytes) override { done_.fetch_add(bytes, std::memory_order_relaxed); }
    void end() override;

private:
    void draw_until_stopped(const std::stop_token& stop);
    void clear_line();

    std::ostream& to_;
    const std::size_t columns_;
    std::atomic<std::uint64_t> done_{0};
    std::mutex mutex_;                       // Guards what follows.
    std::condition_variable_any changed_;
    std::string phase_;
    std::uint64_t total_ = 0;
    std::chrono::steady_clock::time_point began_{};
    bool drawn_ = false;
    std::jthread drawer_;
};

// Says in one line when a phase begins and in one how it ended: for logs and --verbose.
class PlainProgress final : public Progress {
public:
    explicit PlainProgress(std::ostream& to) : to_(to) {}
    void begin(std::string_view phase, std::uint64_t total_bytes) override;
    void advance(std::uint64_t bytes) override { done_.fetch_add(bytes, std::memory_order_relaxed); }
    void end() override;

private:
    std::ostream& to_;
    std::mutex mutex_;
    std::string phase_;
    std::chrono::steady_clock::time_point began_{};
    std::atomic<std::uint64_t> done_{0};
};

}  // namespace holdfast
