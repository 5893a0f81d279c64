#include "providers/databases/postgres/lsn.hpp"

#include <charconv>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

std::optional<std::uint32_t> parse_half(std::string_view text) {
    std::uint32_t value = 0;
    if (text.empty() || text.size() > 8) return std::nullopt;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return fault == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string to_text(Lsn lsn) { return fmt::format("{:X}/{:X}", lsn.bytes >> 32, lsn.bytes & 0xFFFFFFFFU); }

std::optional<Lsn> parse_lsn(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto high = parse_half(text.substr(0, slash)), low = parse_half(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return Lsn{std::uint64_t{*high} << 32 | *low};
}

}  // namespace holdfast
