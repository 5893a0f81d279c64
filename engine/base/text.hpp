// Small texts for people: sizes, suggestions, tables' padding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Returns "812 B", "4.1 MB", "1.07 GB": decimal units, three digits.
std::string format_bytes(std::uint64_t bytes);

// Returns "12,345".
std::string format_count(std::uint64_t count);

// Returns "1 row", "2 rows", "1,200 rows".
std::string counted(std::uint64_t count, std::string_view singular);

// Returns the candidate that was most likely meant (few edits relative to its length), or nothing.
std::optional<std::string> closest_match(std::string_view wrong, std::span<const std::string> candidates);

// Returns the text shortened to `columns` with an ellipsis, and with control characters escaped, so
// that bytes from outside cannot drive a terminal.
std::string printable(std::string_view text, std::size_t columns = 200);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace holdfast
