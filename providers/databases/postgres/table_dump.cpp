#include "providers/databases/postgres/table_dump.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kDumpBytesMost = 16 << 20;

std::vector<std::string> options_for(const std::vector<std::string>& tables) {
    std::vector<std::string> options{"--schema-only"};
    for (const std::string& table : tables) options.push_back("--table=" + table);
    return options;
}

void add_references(TableShape& shape, const std::optional<std::string>& table, PostgresConnection& connection) {
    const PostgresResult others = connection.query(
        "SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = $1::regclass AND k.conrelid <> k.confrelid ORDER BY 1, 2, 3", std::span(&table, 1));
    for (std::size_t row = 0; row < others.rows(); ++row) {
        shape.create_also.push_back(fmt::format("{}ALTER TABLE {} ADD CONSTRAINT {} {}", kReferenceMark, sql_of({std::string(others.text(row, 0)), std::string(others.text(row, 1))}),
                                                quote_name(others.text(row, 2)), others.text(row, 3)));
    }
}

}  // namespace

std::vector<std::string> table_with_partitions(const TableName& table, bool partitioned, PostgresConnection& connection) {
    std::vector<std::string> names{sql_of(table)};
    if (!partitioned) return names;
    const std::optional<std::string> root(sql_of(table));
    const PostgresResult parts = connection.query(
        "SELECT n.nspname, c.relname FROM pg_partition_tree($1::regclass) p JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE p.level > 0 ORDER BY 1, 2", std::span(&root, 1));
    for (std::size_t row = 0; row < parts.rows(); ++row) names.push_back(sql_of({std::string(parts.text(row, 0)), std::string(parts.text(row, 1))}));
    return names;
}

std::vector<std::string> sequence_states(const TableName& table, PostgresConnection& connection) {
    const std::optional<std::string> name(sql_of(table));
    const PostgresResult owned = connection.query(
        "SELECT n.nspname, s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace "
        "WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype IN ('a', 'i') ORDER BY 1, 2", std::span(&name, 1));
    std::vector<std::string> statements;
    for (std::size_t row = 0; row < owned.rows(); ++row) {
        const std::string sequence = sql_of({std::string(owned.text(row, 0)), std::string(owned.text(row, 1))});
        const PostgresResult state = connection.execute(fmt::format("SELECT last_value, is_called FROM {}", sequence));
        statements.push_back(fmt::format("SELECT pg_catalog.setval({}::regclass, {}, {})", connection.quoted_literal(sequence), state.integer(0, 0), state.truth(0, 1)));
    }
    return statements;
}

std::string run_pg_dump(const fs::path& program, const std::vector<std::string>& options, const InstanceAddress& address, const std::string& database, const CancelToken& cancel) {
    std::vector<std::string> argv{program.string(), "--no-password", "--host", address.socket_folder.string(), "--port", address.port, "--username", address.user};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back("--dbname=" + database);
    ProcessOptions how;
    how.cancel = cancel;
    how.output_bytes_max = kDumpBytesMost + 1;
    how.add_environment = {{"PGOPTIONS", ""}, {"PGHOSTADDR", ""}, {"PGSSLMODE", "disable"}};   // The copy is meant, whatever leads to the live server.
    const ProcessResult result = run_process(argv, how);
    if (!result.ok()) throw Error(ErrorCode::Unavailable, fmt::format("pg_dump ended with status {}: {}", result.exit_status, printable(trim(result.errors), 300)));
    if (result.output.size() > kDumpBytesMost) throw Error(ErrorCode::Unavailable, fmt::format("the definitions in {} are larger than {}", database, format_bytes(kDumpBytesMost)));
    return result.output;
}

std::string as_statements(std::string_view dump) {
    std::string text;
    for (const std::string& line : split(dump, '\n')) {
        if (!line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ")) text += line + "\n";
    }
    return text;
}

TableShape with_definition(const PostgresTable& table, TableShape shape, const InstanceAddress& address, PostgresConnection& connection, const CancelToken& cancel) {
    const auto program = find_postgres_program(connection.major(), "pg_dump");
    if (!program) {
        shape.not_covered = fmt::format("the table itself is gone, and this machine has no pg_dump of PostgreSQL {0} to make it again: install postgresql-client-{0}", connection.major());
        return shape;
    }
    const std::optional<std::string> name(sql_of(table.name));
    shape.create_sql = as_statements(run_pg_dump(*program, options_for(table_with_partitions(table.name, table.with_children, connection)), address, connection.database(), cancel));
    shape.create_also = sequence_states(table.name, connection);
    add_references(shape, name, connection);
    return shape;
}

}  // namespace holdfast
