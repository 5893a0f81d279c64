// Turns what a PostgreSQL server or libpq says into our errors: a code, plain words, and what to do about it. Values
// of rows never get into a message: only the server's first line is taken, not its details.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace holdfast {

// What the server refused, with its five-character code (the manual's "PostgreSQL Error Codes"; empty: it never got that far).
struct PostgresError : Error {
    std::string sqlstate;
    PostgresError(ErrorCode code_, std::string message_, std::string hint_, std::string sqlstate_)
        : Error(code_, std::move(message_), std::move(hint_)), sqlstate(std::move(sqlstate_)) {}
};

// Who asked, for hints that can be run as they are.
struct PostgresAsker {
    std::string user;
    bool replication = false;   // Over a replication connection.
};

// A statement that failed. `said` is the server's message without severity. A missing right comes with the statement that grants it.
PostgresError postgres_failure(std::string_view sqlstate, std::string_view said, const PostgresAsker& asker);

// A connection that was not made: `said` is libpq's text in its verbose form, where the code stands behind the severity.
PostgresError connect_failure(std::string_view said, const PostgresAsker& asker);

// Quoted for SQL where no connection is at hand; also safe for replication commands.
std::string quote_name(std::string_view name);

}  // namespace holdfast
