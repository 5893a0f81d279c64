// Where "now" comes from. Everything that depends on time takes a Clock or an Instant, so that tests
// move time by hand (tests/support/manual_clock.hpp).
#pragma once

#include "engine/base/time.hpp"

namespace holdfast {

class Clock {
public:
    virtual ~Clock() = default;
    // Wall-clock time; may jump, also backwards. Safe from every thread.
    virtual Instant now() const = 0;
    // Time since an arbitrary point; never goes back. For measuring and for time limits.
    virtual Duration steady() const = 0;
};

// The machine's clocks. `HOLDFAST_NOW` (RFC 3339), where set, is the instant at which this clock
// starts; it runs on from there. Meant for examples and tests; `runbook` says so when it is set.
class SystemClock final : public Clock {
public:
    SystemClock();
    Instant now() const override;
    Duration steady() const override;
    bool is_shifted() const { return shift_ != Duration(0); }

private:
    Duration shift_{0};
};

}  // namespace holdfast
