// Which of a cluster's databases has the rows: the one that the connection names; where it names none, the only one that there is
// beside postgres. The others are named as not compared.
#pragma once

#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {

// Throws Error{Usage} where several could be meant.
PostgresConnection open_row_database(const ConnectionWords& words, const CancelToken& cancel);
PostgresConnection open_row_database(const InstanceAddress& address, const CancelToken& cancel);

// Its name; where the live server cannot be asked, what the words say.
std::string name_of_row_database(const ConnectionWords& words, const CancelToken& cancel);

}  // namespace holdfast
