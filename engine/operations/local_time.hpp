// Instants as people type and read them, in one time zone.
#pragma once

#include <string>

#include "engine/schedule/zone.hpp"

namespace holdfast {

class LocalTimes {
public:
    // Throws Error{BadPolicy} for a zone that does not exist.
    explicit LocalTimes(const std::string& zone) : zone_(TimeZone::require(zone)) {}

    // "2026-11-20 14:05", "20m ago", RFC 3339. Throws Error{Usage}, with both readings for one that is ambiguous.
    Instant read(const std::string& text, Instant now) const;
    std::string text(Instant at) const { return zone_.to_local_text(at); }   // "2026-11-20 14:05:00 CET"
    std::string text_with_utc(Instant at) const;                             // "… CET (2026-11-20T13:05:00Z)"

private:
    TimeZone zone_;
};

}  // namespace holdfast
