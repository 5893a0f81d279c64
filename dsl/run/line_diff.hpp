// Which lines differ between two texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Lines as "  12   text", "- 13   text" (old number), "+ 13   text" (new number), with two lines around each difference and "…"
// between. At most `lines_max` lines.
std::vector<std::string> line_diff(std::string_view old_text, std::string_view new_text, std::size_t lines_max = 200);

}  // namespace holdfast
