// Statements that read, asked of a server over a copy: each is one cursor in a read-only transaction of its own.
#pragma once

#include "engine/provider/query.hpp"
#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

std::unique_ptr<SqlReader> make_postgres_sql(PostgresConnection connection);

}  // namespace holdfast
