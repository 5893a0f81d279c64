// What a statement may do where it may only read: an authorizer for a connection, and the check of a statement.
#pragma once

#include <string>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

// From here on no database is attached, no setting is made, no code is loaded and no transaction is begun by SQL on this connection.
void allow_reading_only(Connection& connection);

// Throws Usage where `sql` is not exactly one statement without parameters, NotPermitted where it does more than read,
// NotInState where it names a table or column that is not there. May read the schema.
void require_reading_statement(Connection& connection, const std::string& sql);

}  // namespace holdfast
