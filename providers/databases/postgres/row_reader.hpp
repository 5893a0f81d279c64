// Rows of one database of a cluster in key order, in one consistent snapshot.
#pragma once

#include <memory>
#include <optional>

#include "engine/provider/rows.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {

// `copy`: where the connection leads to a copy, the instance over it; then dropped tables can be described.
std::unique_ptr<RowReader> make_postgres_reader(PostgresConnection connection, std::optional<InstanceAddress> copy);

// Of a damaged live cluster: what cannot be read of it is passed over, and named by unreadable(). Every table is read once in advance, and without its
// indexes, which may be damaged too. Of a server that does not answer nothing can be read.
std::unique_ptr<RowReader> make_forgiving_reader(const ConnectionWords& words, const CancelToken& cancel);

}  // namespace holdfast
