// Text inside HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// The four characters that mean something there as entities, control characters as blanks.
std::string markup_escaped(std::string_view text);

}  // namespace holdfast
