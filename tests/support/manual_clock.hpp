// A clock that a test moves by hand.
#pragma once

#include <atomic>

#include "engine/base/clock.hpp"

namespace holdfast {

class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start) : now_(start.time_since_epoch().count()) {}
    explicit ManualClock(std::string_view rfc3339) : ManualClock(parse_rfc3339(rfc3339).value()) {}
    Instant now() const override { return from_millis(now_); }
    Duration steady() const override { return Duration(steady_); }
    void advance(Duration by) {
        now_ += by.count();
        steady_ += by.count();
    }
    // The wall clock jumps, the steady one does not: somebody set the time.
    void set(Instant to) { now_ = to.time_since_epoch().count(); }

private:
    std::atomic<std::int64_t> now_;
    std::atomic<std::int64_t> steady_{1'000'000};
};

}  // namespace holdfast
