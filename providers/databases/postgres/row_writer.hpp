// One transaction that writes rows into a live database of a cluster: without triggers, references checked at its end.
#pragma once

#include <memory>

#include "engine/provider/rows.hpp"
#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

// Throws Error{NotPermitted} where the role may not write without triggers, with the statement that lets it.
std::unique_ptr<RowWriter> make_postgres_writer(PostgresConnection connection);

}  // namespace holdfast
