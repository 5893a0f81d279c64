// The slots of schedules up to now, remembered: thousands of databases share a handful of schedules, and ask
// for the same few slots of them.
#pragma once

#include <map>
#include <memory>

#include "engine/schedule/occurrences.hpp"

namespace holdfast {

// One schedule, seen from `now`. Not safe from several threads.
class SlotTimes {
public:
    SlotTimes(const When& when, const TimeZone& zone, Instant now);

    // The newest slot at or before now, and the one after now; nothing where there is none.
    const std::optional<Instant>& newest() const { return newest_; }
    const std::optional<Instant>& next() const { return next_; }
    const std::string& newest_text() const { return newest_text_; }   // In the zone; empty without one.
    const std::string& next_text() const { return next_text_; }

    // Slots with after < slot <= now: how many, and which (oldest first; at most `limit`, the newest ones).
    std::uint64_t count_after(Instant after);
    std::vector<Instant> list_after(Instant after, std::size_t limit);

private:
    void reach_back_to(Instant after);

    Occurrences occurrences_;
    Duration every_{0};                  // Not zero: no need to remember.
    std::optional<Instant> newest_, next_;
    std::string newest_text_, next_text_;
    std::vector<Instant> newest_first_;
    bool exhausted_ = false;
};

class SlotTable {
public:
    SlotTable(const TimeZone& zone, Instant now) : zone_(zone), now_(now) {}
    SlotTimes& of(const When& when);

private:
    TimeZone zone_;
    Instant now_;
    std::map<std::string, std::unique_ptr<SlotTimes>> times_;
};

}  // namespace holdfast
