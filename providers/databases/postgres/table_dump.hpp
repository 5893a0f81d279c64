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

// The table, and, where it has them, its partitions: each becomes a table of its own when it is made again.
std::vector<std::string> table_with_partitions(const TableName& table, bool partitioned, PostgresConnection& connection);

// A statement for each sequence that belongs to the table: it is put where it stood, so that no number is given out twice.
std::vector<std::string> sequence_states(const TableName& table, PostgresConnection& connection);

// What pg_dump prints about the database of a copy; at most 16 MiB. Throws Unavailable with what it said.
std::string run_pg_dump(const fs::path& program, const std::vector<std::string>& options, const InstanceAddress& address, const std::string& database, const CancelToken& cancel);

// Without the lines that only psql understands.
std::string as_statements(std::string_view dump);

}  // namespace holdfast
