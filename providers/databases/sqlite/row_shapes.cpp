#include "providers/databases/sqlite/row_shapes.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/virtual_table.hpp"

namespace holdfast {
namespace {

struct ColumnFacts {
    std::string name;
    std::int64_t key_place = 0;    // 1, 2 … in the primary key; 0: not in it.
    bool may_be_null = true;
    bool is_integer = false;
};

// Only what is stored: generated columns come back by themselves.
std::vector<ColumnFacts> stored_columns(Connection& connection, const std::string& table) {
    std::vector<ColumnFacts> columns;
    Statement query = connection.prepare("SELECT name, pk, \"notnull\", type FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid");
    query.bind_all(table);
    while (query.step()) {
        std::string type = query.text(3);
        std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        columns.push_back({query.text(0), query.integer(1), query.integer(2) == 0, type == "INTEGER"});
    }
    return columns;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// A column may be called rowid and then hides it; one of the three names is free in any sane table.
std::string rowid_name(const std::vector<ColumnFacts>& columns) {
    for (const char* name : {"rowid", "_rowid_", "oid"}) {
        if (std::ranges::none_of(columns, [&](const ColumnFacts& column) { return same_name(column.name, name); })) return name;
    }
    return {};
}

std::vector<std::size_t> primary_key(const std::vector<ColumnFacts>& columns) {
    std::vector<std::size_t> key;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].key_place > 0) key.push_back(i);
    }
    std::ranges::sort(key, {}, [&](std::size_t i) { return columns[i].key_place; });
    return key;
}

// An INTEGER PRIMARY KEY is the rowid itself and never NULL; other keys of rowid tables may be, unless they say NOT NULL.
bool key_has_nulls(Connection& connection, const std::string& table, const std::vector<ColumnFacts>& columns,
                   const std::vector<std::size_t>& key) {
    if (key.size() == 1 && columns[key[0]].is_integer) return false;
    for (const std::size_t i : key) {
        if (!columns[i].may_be_null) continue;
        const std::string sql = fmt::format("SELECT EXISTS(SELECT 1 FROM {} WHERE {} IS NULL)", quote_identifier(table), quote_identifier(columns[i].name));
        if (connection.integer(sql) == 1) return true;
    }
    return false;
}

void use_rowid(TableShape& shape, const std::vector<ColumnFacts>& columns) {
    const std::string name = rowid_name(columns);
    if (name.empty()) {
        shape.not_covered = "its columns hide the rowid, and it has no key";
        return;
    }
    shape.key_kind = RowKey::RowId;
    shape.columns.insert(shape.columns.begin(), name);
    shape.key = {0};
}

bool is_damage(const Error& error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::NotADatabase; }

// In a damaged database what cannot be read is taken to be the ordinary case.
template <typename Look>
auto look(SchemaTrust trust, Look&& at) -> decltype(at()) {
    try {
        return at();
    } catch (const Error& error) {
        if (trust == SchemaTrust::Sound || !is_damage(error)) throw;
        return {};
    }
}

void set_columns(Connection& connection, TableShape& shape, bool without_rowid, SchemaTrust trust) {
    const std::vector<ColumnFacts> columns = stored_columns(connection, shape.name);
    for (const ColumnFacts& column : columns) shape.columns.push_back(column.name);
    shape.key = primary_key(columns);
    const auto has_nulls = [&] { return key_has_nulls(connection, shape.name, columns, shape.key); };
    if (shape.key.empty() || (!without_rowid && look(trust, has_nulls))) use_rowid(shape, columns);
}

std::vector<std::string> parents_of(Connection& connection, const std::string& table) {
    std::vector<std::string> parents;
    Statement query = connection.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?) ORDER BY 1");
    query.bind_all(table);
    while (query.step()) {
        if (!same_name(query.text(0), table)) parents.push_back(query.text(0));
    }
    return parents;
}

// The highest rowid that an AUTOINCREMENT table has ever given out goes with the table: numbers must not be given twice.
std::optional<std::string> sequence_sql(Connection& connection, const std::string& table) {
    if (connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'") == 0) return std::nullopt;
    const auto highest = connection.integer("SELECT seq FROM sqlite_sequence WHERE name = ?", table);
    if (!highest) return std::nullopt;
    return fmt::format("INSERT INTO sqlite_sequence(name, seq) VALUES ({}, {})", quote_literal(table), *highest);
}

void set_schema_sql(Connection& connection, TableShape& shape, SchemaTrust trust) {
    shape.create_sql = connection.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", shape.name).value_or("");
    if (auto sequence = look(trust, [&] { return sequence_sql(connection, shape.name); })) shape.create_also.push_back(*sequence);
    Statement query = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name");
    query.bind_all(shape.name);
    while (query.step()) shape.create_also.push_back(query.text(0));
}

}  // namespace

std::vector<TableShape> table_shapes(Connection& connection, SchemaTrust trust) {
    std::vector<TableShape> shapes;
    Statement query = connection.prepare(
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
    while (query.step()) {
        TableShape shape;
        shape.name = query.text(0);
        set_schema_sql(connection, shape, trust);
        const bool is_virtual = query.text(1) == "virtual";
        if (is_virtual) shape.not_covered = why_not_covered(virtual_table_of(shape.create_sql));
        if (shape.not_covered.empty()) set_columns(connection, shape, query.integer(2) != 0, trust);
        if (!is_virtual) shape.depends_on = parents_of(connection, shape.name);
        shapes.push_back(std::move(shape));
    }
    return shapes;
}

std::vector<ExternalIndex> external_indexes(Connection& connection) {
    std::vector<ExternalIndex> indexes;
    Statement query = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'create virtual table%' ORDER BY name");
    while (query.step()) {
        const VirtualTable table = virtual_table_of(query.text(1));
        if (table.is_full_text() && table.content && !table.content->empty()) indexes.push_back({query.text(0), *table.content});
    }
    return indexes;
}

std::string column_sql(const TableShape& shape, std::size_t column) {
    if (shape.key_kind == RowKey::RowId && column == 0) return shape.columns[0];
    return quote_identifier(shape.columns[column]);
}

std::string columns_sql(const TableShape& shape) {
    std::string sql;
    for (std::size_t i = 0; i < shape.columns.size(); ++i) sql += (i == 0 ? "" : ", ") + column_sql(shape, i);
    return sql;
}

}  // namespace holdfast
