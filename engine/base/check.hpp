// Assertions that stay on in release builds: a broken promise inside the program ends it at once,
// before a wrong byte can be written. Never for bad input or a failing world: that is an Error.
#pragma once

namespace holdfast::detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define HOLDFAST_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::holdfast::detail::check_failed(#condition, __FILE__, __LINE__))
