#include "engine/schedule/run_distance.hpp"

#include <algorithm>

namespace holdfast {

std::optional<RunDistance> longest_distance(std::span<const TimedRun> runs, std::size_t skipped) {
    const std::size_t ahead = skipped + 1;
    if (runs.size() <= ahead) return std::nullopt;
    // A slow run may be overtaken by a later quick one, so the end that counts is the soonest from there on.
    // The last runs do not see who overtakes them: they only serve the others.
    const std::size_t judged = runs.size() - ahead - std::min<std::size_t>(16, (runs.size() - ahead) / 4);
    Instant soonest_done = Instant::max(), soonest_slot;
    std::optional<RunDistance> longest;
    for (std::size_t i = runs.size(); i-- > ahead;) {
        if (runs[i].done <= soonest_done) {
            soonest_done = runs[i].done;
            soonest_slot = runs[i].at;
        }
        if (i - ahead >= judged) continue;
        const TimedRun& before = runs[i - ahead];
        const Duration total = soonest_done - before.at;
        if (longest && total < longest->total()) continue;
        const Duration between = std::min(total, soonest_slot - before.at);
        longest = RunDistance{.between = between, .latency = total - between, .from = before.at, .until = soonest_slot};
    }
    return longest;
}

}  // namespace holdfast
