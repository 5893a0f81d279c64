// A place in a PostgreSQL server's write-ahead log (the manual's "pg_lsn"): a count of bytes since the cluster was made.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

struct Lsn {
    std::uint64_t bytes = 0;   // 0: no place at all.
    auto operator<=>(const Lsn&) const = default;
};
constexpr Lsn operator+(Lsn lsn, std::uint64_t bytes) { return {lsn.bytes + bytes}; }
constexpr std::uint64_t operator-(Lsn to, Lsn from) { return to.bytes - from.bytes; }
// The multiple of `unit` at or before it.
constexpr Lsn floor_to(Lsn lsn, std::uint64_t unit) { return {lsn.bytes / unit * unit}; }

// "16/B374D848", as the server writes it.
std::string to_text(Lsn lsn);
// Returns nothing for anything else.
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace holdfast
