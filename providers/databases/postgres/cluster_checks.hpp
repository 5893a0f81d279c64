// What a server can tell about the soundness of its own cluster: whether its catalogs agree with each other, whether every relation
// has its file, and, where the amcheck extension is there, whether tables and B-trees are as they should be.
#pragma once

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {

// Adds to `report` what is found in all databases of the cluster. Leaves no trace in it.
void check_with_server(const InstanceAddress& address, IntegrityReport& report, const WorkContext& work);

// The catalogs of the connection's database alone; reads only. Throws PostgresError where a right is missing.
void look_at_catalogs_of(PostgresConnection connection, const std::string& database, IntegrityReport& report, const WorkContext& work);

}  // namespace holdfast
