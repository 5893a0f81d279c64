// What the program says to its operator beside its results: lines on standard error, or JSON lines.
// The one door to spdlog. Secrets have no way in: Secret does not format.
#pragma once

#include <string_view>

#include "engine/base/format.hpp"

namespace holdfast {

enum class LogLevel { Debug, Info, Warning, Error };

// Below `least` nothing is written. Call once, before threads start. Default: Warning.
void set_log_level(LogLevel least);
void log_line(LogLevel level, std::string_view line);

template <typename... Arguments>
void log_debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    log_line(LogLevel::Debug, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void log_info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    log_line(LogLevel::Info, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void log_warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    log_line(LogLevel::Warning, fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace holdfast
