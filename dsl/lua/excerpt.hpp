// Errors that point into a runbook's text.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"
#include "engine/model/finding.hpp"

namespace holdfast {

// "runbooks/x.lua:12: <message>" and, below, the line itself.
Error error_at(std::string_view file, std::string_view text, int line, std::string_view message, std::string hint = {});

// Splits "file:12: message" as Lua writes it; the place's line is 0 where there is none.
struct PlacedMessage {
    SourcePlace place;
    std::string message;
};
PlacedMessage place_message(std::string_view file, std::string_view text, std::string_view message);

// The line as written, shortened; empty where the text has no such line.
std::string line_of(std::string_view text, int line);

}  // namespace holdfast
