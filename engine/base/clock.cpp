#include "engine/base/clock.hpp"

#include <cstdlib>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

Instant machine_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

SystemClock::SystemClock() {
    const char* wanted = std::getenv("HOLDFAST_NOW");
    if (wanted == nullptr || *wanted == '\0') return;
    const auto at = parse_rfc3339(wanted);
    if (!at) {
        throw Error(ErrorCode::Usage, "HOLDFAST_NOW is not an RFC 3339 instant: " + std::string(wanted),
                    "Write it like 2026-11-20T13:05:00Z, or unset it.");
    }
    shift_ = *at - machine_now();
}

Instant SystemClock::now() const { return machine_now() + shift_; }

Duration SystemClock::steady() const {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace holdfast
