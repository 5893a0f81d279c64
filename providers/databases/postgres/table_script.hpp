// Tables and rows of a copy as a script that psql loads into any database: what pg_dump says of the tables, their rows as COPY, and then what
// stands on them: keys, indexes, triggers, where sequences stood, references. Without owners and rights, which another server need not have.
#pragma once

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {

// Throws Usage for a table that is not there or a condition that cannot be used on one, Unavailable without pg_dump of the cluster's version.
ScriptFacts write_table_script(const ScriptOrder& order, const InstanceAddress& instance, const WorkContext& work);

}  // namespace holdfast
