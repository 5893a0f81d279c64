#include "engine/plan/estimate.hpp"

#include <algorithm>
#include <array>

namespace holdfast {
namespace {

constexpr std::size_t kHistoryMax = 5;

// The lower one of the two in the middle.
template <typename Value, std::size_t N>
Value median_of(std::array<Value, N>& values, std::size_t count) {
    std::sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
    return values[(count - 1) / 2];
}

}  // namespace

Estimate estimate_backup(std::span<const RecoveryPoint* const> points, BackupKind kind) {
    std::array<std::uint64_t, kHistoryMax> bytes{};
    std::array<Duration, kHistoryMax> times{};
    std::size_t count = 0;
    for (const RecoveryPoint* point : points) {
        if (point->kind != kind) continue;
        bytes[count] = point->stored_bytes;
        times[count] = std::max(point->finished - point->started, Duration(0));
        if (++count == kHistoryMax) break;
    }
    if (count == 0) return {};
    return {.bytes = median_of(bytes, count), .time = median_of(times, count)};
}

}  // namespace holdfast
