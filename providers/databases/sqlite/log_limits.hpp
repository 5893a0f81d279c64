// How large a followed database's write-ahead log may grow before what is done about it.
#pragma once

#include <atomic>
#include <cstdint>

namespace holdfast {

// What was done to keep it small; for benchmarks and tests.
struct LogBoundsCounters {
    std::atomic<std::uint64_t> rounds{0};       // Of copying.
    std::atomic<std::uint64_t> begun_anew{0};   // How often the log was seen to begin anew while more was written.
    std::atomic<std::uint64_t> barriers{0}, in_vain{0};   // How often writers were kept out; and a barrier was lifted too early.
    std::atomic<std::int64_t> barred_ns{0}, barred_longest_ns{0};
};

struct LogCaptureLimits {
    std::uint64_t settle_bytes = 4U << 20;         // What is more than this is copied into the file, so that the log can begin anew;
    std::uint64_t barrier_bytes = 8U << 20;        // beyond this writers are kept out for some milliseconds where they never pause,
    std::uint64_t urgent_bytes = 24U << 20;        // and beyond this more often, where more is written than can be captured or copied.
    std::uint64_t let_go_bytes = 1ULL << 30;       // What is not durable may grow to this while the store cannot be written,
    std::uint64_t let_go_when_low_bytes = 64U << 20;   // or to this where the database's file system is nearly full.
    std::uint64_t free_bytes_min = 256U << 20;
    LogBoundsCounters* counters = nullptr;         // Counted up, where there are some.
};

}  // namespace holdfast
