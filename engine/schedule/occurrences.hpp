// When something is due: a policy's `cron:`, `every:` or `continuous` in a zone, as instants.
//
// `every:` runs on elapsed time, aligned to the Unix epoch: it knows neither zones nor DST. `continuous`
// has no instants at all.
#pragma once

#include <memory>

#include "engine/model/policy.hpp"
#include "engine/schedule/cron.hpp"

namespace holdfast {

class Occurrences {
public:
    // Throws Error{Usage} for a cron line that check_cron refuses.
    Occurrences(const When& when, const TimeZone& zone);

    bool continuous() const { return !cron_ && every_ == Duration(0); }

    std::optional<Instant> next_after(Instant at) const;
    std::optional<Instant> last_at_or_before(Instant at) const;
    bool is_at(Instant at) const;

    // Those with after < x <= until, oldest first; at most `limit`, the newest ones.
    std::vector<Instant> range(Instant after, Instant until, std::size_t limit = 100'000) const;
    // How many there are with after < x <= until.
    std::uint64_t count(Instant after, Instant until) const;
    // The longest time between two neighbours in that span; nothing with fewer than two.
    std::optional<Duration> longest_gap(Instant after, Instant until) const;

private:
    std::optional<Cron> cron_;
    Duration every_{0};
    TimeZone zone_;
};

// "at 02:00 on Sunday (Europe/Berlin)", "every 3 min of elapsed time", "continuously".
std::string explain(const When& when, const TimeZone& zone);

// As cron's dst_warnings; empty for the others.
std::vector<std::string> dst_warnings(const When& when, const TimeZone& zone, Instant from);

}  // namespace holdfast
