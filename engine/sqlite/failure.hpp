// Turns SQLite's result codes into our errors. Values of rows never get into a message: SQLite's own
// texts name tables and columns only.
#pragma once

#include <string_view>

#include "engine/base/error.hpp"

struct sqlite3;

namespace holdfast {

// Returns the code that suits an (extended) result code of SQLite: SQLITE_BUSY → Busy, SQLITE_NOTADB → NotADatabase …
// SQLITE_CANTOPEN is Missing; whoever knows that the file is there says NotPermitted instead.
ErrorCode error_code_of(int sqlite_result);

// Throws for `result`; the text comes from `database` (may be null), `what` goes in front: "open /srv/orders.db".
[[noreturn]] void throw_sqlite(sqlite3* database, int result, std::string_view what);

}  // namespace holdfast
