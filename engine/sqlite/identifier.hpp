// Names inside SQL text. Values are always bound; names cannot be, so they are quoted here.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// Returns `name` as an SQL identifier: "order ""x""". Throws Error{Usage} where it holds a NUL, which would end the SQL text.
std::string quote_identifier(std::string_view name);

// Returns `text` as an SQL string literal, for the few places where SQLite takes no bound value (VACUUM INTO, ATTACH in a pragma).
std::string quote_literal(std::string_view text);

}  // namespace holdfast
