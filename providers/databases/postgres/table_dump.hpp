// What is needed to make a dropped table again, from a copy that still has it: its definition as pg_dump writes it (with partitions,
// indexes, triggers, rights, and the sequences that belong to it), where its sequences stood, and the references of other tables to it.
#pragma once

#include "providers/databases/postgres/recovery_instance.hpp"
#include "providers/databases/postgres/table_shapes.hpp"

namespace holdfast {

// A statement of TableShape::create_also that begins so is a reference of another table: it is made when the rows are back.
inline constexpr std::string_view kReferenceMark = "-- reference\n";

// `connection` is one to the database of the copy. Returns the shape with create_sql and create_also, or with `not_covered` where this
// machine has no pg_dump of the cluster's version.
TableShape with_definition(const PostgresTable& table, TableShape shape, const InstanceAddress& address, PostgresConnection& connection, const CancelToken& cancel);

// Without the lines that only psql understands.
std::string as_statements(std::string_view dump);

}  // namespace holdfast
