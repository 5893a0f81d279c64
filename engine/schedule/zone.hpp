// IANA time zones: wall clock to UTC and back. One rule for every schedule: a wall-clock time that does
// not exist moves to the first valid instant after the gap, one that exists twice is its first occurrence.
//
// A zone's transitions are read once per process from the system's tz database and kept; conversions
// after that cost a binary search. Safe from every thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.hpp"

namespace holdfast {

using LocalTime = std::chrono::local_time<Duration>;   // A wall clock's reading, without a zone.
using LocalDays = std::chrono::local_days;

// The clocks of a zone change here: what was `before` becomes `after`.
struct Transition {
    Instant at;
    Duration before{0}, after{0};      // Offsets from UTC.
    LocalTime local_before() const { return LocalTime(at.time_since_epoch() + before); }   // What clocks would have shown …
    LocalTime local_after() const { return LocalTime(at.time_since_epoch() + after); }     // … and what they show.
    bool is_gap() const { return after > before; }
};

// How a wall-clock reading can be understood.
struct LocalReading {
    enum class Kind : std::uint8_t { Unique, Nonexistent, Ambiguous } kind = Kind::Unique;
    Instant first;     // Unique: the instant. Nonexistent: the first instant after the gap. Ambiguous: the first occurrence.
    Instant second;    // Ambiguous: the second occurrence; otherwise the same as `first`.
};

class TimeZone {
public:
    // Returns nothing for a name that the tz database does not have. Throws Error{Missing} where there is no database at all.
    static std::optional<TimeZone> find(std::string_view name);
    // Throws Error{BadPolicy} that suggests the zone most likely meant.
    static TimeZone require(std::string_view name);
    static TimeZone utc();

    const std::string& name() const;

    LocalTime to_local(Instant at) const;
    Instant to_utc(LocalTime local) const;               // By the rule above.
    LocalReading read(LocalTime local) const;
    Duration offset_at(Instant at) const;

    // Transitions that change the offset, with begin <= at < end, oldest first.
    std::span<const Transition> transitions(Instant begin, Instant end) const;

    std::string to_local_text(Instant at) const;         // "2026-11-20 14:05:00 CET", with ".123" only where it is not zero.
    std::string to_offset_text(Instant at) const;        // RFC 3339 with the zone's offset: "2026-11-20T14:05:00+01:00".

    bool operator==(const TimeZone& other) const { return table_ == other.table_; }
    const void* identity() const { return table_; }      // Equal for equal zones; for keys of tables.

private:
    struct Table;
    friend struct ZoneTables;
    explicit TimeZone(const Table* table) : table_(table) {}
    const Table* table_;       // Lives as long as the process.
};

bool zone_exists(std::string_view name);
// Every name that zone_exists accepts, sorted; for suggestions.
const std::vector<std::string>& zone_names();

}  // namespace holdfast
