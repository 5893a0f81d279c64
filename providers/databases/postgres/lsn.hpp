// A place in a server's write-ahead log (the manual's "pg_lsn"): a count of bytes since the cluster was made.
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

// "16/B374D848", as the server writes it.
std::string to_text(Lsn lsn);
// Returns nothing for anything else.
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace holdfast
