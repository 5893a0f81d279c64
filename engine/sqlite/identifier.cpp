#include "engine/sqlite/identifier.hpp"

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

std::string quoted_with(char quote, std::string_view text) {
    std::string quoted(1, quote);
    for (const char c : text) {
        if (c == '\0') throw Error(ErrorCode::Usage, "a name with a NUL character cannot be used in SQL");
        quoted += c;
        if (c == quote) quoted += c;
    }
    return quoted + quote;
}

}  // namespace

std::string quote_identifier(std::string_view name) { return quoted_with('"', name); }
std::string quote_literal(std::string_view text) { return quoted_with('\'', text); }

}  // namespace holdfast
