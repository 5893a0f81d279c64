#include "providers/databases/postgres/table_shapes.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr const char* kOurSchemas = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";

using ByOid = std::map<std::int64_t, PostgresTable>;

std::string why_not_covered(std::string_view kind, std::string_view persistence) {
    if (kind == "f") return "a foreign table: its rows are elsewhere";
    if (kind == "m") return "a materialized view: refresh it";
    if (persistence == "u") return "an unlogged table: no backup has its rows";
    return {};
}

ByOid find_tables(PostgresConnection& connection) {
    const PostgresResult found = connection.execute(fmt::format(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'f', 'm') AND NOT c.relispartition AND c.relpersistence <> 't' AND {}", kOurSchemas));
    ByOid tables;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        PostgresTable table;
        table.name = {std::string(found.text(row, 1)), std::string(found.text(row, 2))};
        table.shape.name = to_text(table.name);
        table.with_children = found.text(row, 3) == "p";
        table.shape.not_covered = why_not_covered(found.text(row, 3), found.text(row, 4));
        tables.emplace(found.integer(row, 0), std::move(table));
    }
    return tables;
}

ColumnOrder order_of_type(std::int64_t type) {
    switch (type) {
        case 20: case 21: case 23: case 26: return ColumnOrder::Integer;   // int8, int2, int4, oid
        case 17: case 2950: return ColumnOrder::AsIs;                     // bytea, uuid
        case 19: case 25: case 1043: return ColumnOrder::Text;             // name, text, varchar
        case 1042: return ColumnOrder::Padded;
        case 1700: return ColumnOrder::Number;
        default: return ColumnOrder::Printed;
    }
}

// Generated columns come back by themselves. Domains are what they are made of.
void add_columns(PostgresConnection& connection, ByOid& tables) {
    const PostgresResult found = connection.execute(fmt::format(
        "WITH RECURSIVE base(type, made_of) AS (SELECT oid, oid FROM pg_type WHERE typtype <> 'd' UNION ALL "
        "SELECT t.oid, b.made_of FROM pg_type t JOIN base b ON b.type = t.typbasetype WHERE t.typtype = 'd') "
        "SELECT a.attrelid, a.attname, b.made_of FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN base b ON b.type = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relkind IN ('r', 'p', 'f', 'm') AND {} "
        "ORDER BY a.attrelid, a.attnum", kOurSchemas));
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto table = tables.find(found.integer(row, 0));
        if (table == tables.end()) continue;
        table->second.shape.columns.emplace_back(found.text(row, 1));
        table->second.orders[std::string(found.text(row, 1))] = order_of_type(found.integer(row, 2));
    }
}

// The primary key, or else the shortest unique index over columns that are all NOT NULL. One row for each column of each.
void add_keys(PostgresConnection& connection, ByOid& tables) {
    const PostgresResult found = connection.execute(
        "SELECT i.indrelid, i.indexrelid, a.attname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid "
        "CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, place) "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
        "WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = i.indrelid "
        "AND f.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]) AND (NOT f.attnotnull OR f.attgenerated <> '')) "
        "ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, x.relname, k.place");
    std::map<std::int64_t, std::int64_t> chosen;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto table = tables.find(found.integer(row, 0));
        if (table == tables.end()) continue;
        if (chosen.try_emplace(found.integer(row, 0), found.integer(row, 1)).first->second != found.integer(row, 1)) continue;
        TableShape& shape = table->second.shape;
        const auto column = std::ranges::find(shape.columns, found.text(row, 2));
        if (column != shape.columns.end()) shape.key.push_back(static_cast<std::size_t>(column - shape.columns.begin()));
    }
}

void add_parents(PostgresConnection& connection, ByOid& tables) {
    const PostgresResult found = connection.execute("SELECT DISTINCT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid <> confrelid ORDER BY 1, 2");
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto child = tables.find(found.integer(row, 0)), parent = tables.find(found.integer(row, 1));
        if (child != tables.end() && parent != tables.end()) child->second.shape.depends_on.push_back(parent->second.shape.name);
    }
}

constexpr std::string_view kOrderNames[] = {"integer", "bytes", "text", "char", "numeric", "printed"};

void describe_key(PostgresTable& table) {
    TableShape& shape = table.shape;
    for (const std::size_t column : shape.key) {
        shape.key_order += (shape.key_order.empty() ? "" : ", ") + std::string(kOrderNames[static_cast<std::size_t>(table.order_of(shape.columns[column]))]);
    }
    if (shape.not_covered.empty() && shape.key.empty()) shape.not_covered = "it has no primary key, and no unique index over columns that are NOT NULL";
}

// As the server's order sees it.
std::string_view in_order(ColumnOrder order, std::string_view text) {
    if (order == ColumnOrder::Padded) return text.substr(0, text.find_last_not_of(' ') + 1);
    if (order != ColumnOrder::Number || text.find('.') == std::string_view::npos) return text;
    text = text.substr(0, text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::strong_ordering compare_as(ColumnOrder order, const SqlValue& a, const SqlValue& b) {
    const auto* left = std::get_if<std::string>(&a);
    const auto* right = std::get_if<std::string>(&b);
    if (left == nullptr || right == nullptr) return compare_values(a, b);
    return in_order(order, *left).compare(in_order(order, *right)) <=> 0;
}

std::string order_of_column(ColumnOrder order, const std::string& column) {
    const std::string name = quote_name(column);
    switch (order) {
        case ColumnOrder::Integer:
        case ColumnOrder::AsIs: return name;
        case ColumnOrder::Text:
        case ColumnOrder::Padded: return name + " COLLATE \"C\"";
        case ColumnOrder::Number: return fmt::format("trim_scale({})::text COLLATE \"C\"", name);
        case ColumnOrder::Printed: break;
    }
    return fmt::format("{}::text COLLATE \"C\"", name);
}

}  // namespace

ColumnOrder PostgresTable::order_of(const std::string& column) const {
    const auto found = orders.find(column);
    return found == orders.end() ? ColumnOrder::Printed : found->second;
}

bool PostgresTable::is_integer(const std::string& column) const { return order_of(column) == ColumnOrder::Integer; }

std::string PostgresTable::from_sql() const { return (with_children ? "" : "ONLY ") + sql_of(name); }

std::string PostgresTable::order_sql(const TableShape& of) const {
    std::string sql;
    for (const std::size_t column : of.key) sql += (sql.empty() ? "" : ", ") + order_of_column(order_of(of.columns[column]), of.columns[column]);
    return sql;
}

SqlRow PostgresTable::row_of(const TableShape& of, const PostgresResult& result, std::size_t row) const {
    SqlRow values(of.columns.size());
    result.expect(row + 1, of.columns.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (result.is_null(row, i)) continue;
        if (is_integer(of.columns[i])) values[i] = result.integer(row, i);
        else values[i] = std::string(result.text(row, i));
    }
    return values;
}

std::string column_list(const TableShape& shape) {
    std::string sql;
    for (const std::string& column : shape.columns) sql += (sql.empty() ? "" : ", ") + quote_name(column);
    return sql;
}

void set_plain(PostgresConnection& connection) {
    std::string settings =
        "SET search_path = pg_catalog; SET client_encoding = 'SQL_ASCII'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; "
        "SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET row_security = off; SET statement_timeout = 0; "
        "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '30s'; SET jit = off; SET cursor_tuple_fraction = 1; SET standard_conforming_strings = on";
    if (connection.major() >= 14) settings += "; SET idle_session_timeout = 0";
    if (connection.major() >= 17) settings += "; SET transaction_timeout = 0";
    connection.execute(settings);
}

std::vector<PostgresTable> read_tables(PostgresConnection& connection) {
    ByOid found = find_tables(connection);
    add_columns(connection, found);
    add_keys(connection, found);
    add_parents(connection, found);
    std::vector<PostgresTable> tables;
    for (auto& [oid, table] : found) {
        describe_key(table);
        tables.push_back(std::move(table));
    }
    std::ranges::sort(tables, {}, [](const PostgresTable& table) { return table.shape.name; });
    return tables;
}

std::vector<TableShape> beside_tables(PostgresConnection& connection) {
    std::vector<TableShape> beside;
    const auto add = [&](std::string name, std::string why) {
        beside.emplace_back();
        beside.back().name = std::move(name);
        beside.back().not_covered = std::move(why);
    };
    const PostgresResult others = connection.execute(
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> current_database() AND datname <> 'postgres' ORDER BY 1");
    for (std::size_t row = 0; row < others.rows(); ++row) {
        add(fmt::format("database {}", others.text(row, 0)), "another database of the cluster: to compare it, name it with dbname= in the connection");
    }
    if (connection.execute("SELECT FROM pg_largeobject_metadata LIMIT 1").rows() > 0) add("large objects", "they are not compared and not put back");
    return beside;
}

std::strong_ordering compare_keys(const PostgresTable& table, const TableShape& shape, const SqlRow& a, const SqlRow& b) {
    for (const std::size_t column : shape.key) {
        const auto order = compare_as(table.order_of(shape.columns[column]), a[column], b[column]);
        if (order != std::strong_ordering::equal) return order;
    }
    return std::strong_ordering::equal;
}

std::optional<std::string> parameter_of(const SqlValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    throw Error(ErrorCode::Corrupt, "a row holds a value that no PostgreSQL server gives");
}

}  // namespace holdfast
