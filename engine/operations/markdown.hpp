// Text in Markdown, for merge requests and wikis.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// The text as a cell of a table: bars and backslashes escaped, on one line.
std::string markdown_cell(std::string_view text);

}  // namespace holdfast
