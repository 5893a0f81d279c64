#include "providers/databases/sqlite/row_reader.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/key_order.hpp"
#include "providers/databases/sqlite/row_cursor.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"

namespace holdfast {
namespace {

class SqliteRowReader final : public RowReader {
public:
    explicit SqliteRowReader(const fs::path& path) : database_(OpenDatabase::for_reading(path)) {
        Connection& connection = database_.connection();
        connection.execute("PRAGMA trusted_schema=OFF; BEGIN");
        touch_schema(connection);
        encoding_ = connection.text("PRAGMA encoding").value_or("UTF-8");
    }

    std::vector<TableShape> tables() override { return table_shapes(database_.connection()); }

    std::unique_ptr<RowCursor> rows(const TableShape& table) override {
        std::string order;
        for (const std::size_t column : table.key) {
            const bool is_rowid = table.key_kind == RowKey::RowId;
            order += (order.empty() ? "" : ", ") + column_sql(table, column) + (is_rowid ? "" : " COLLATE BINARY");
        }
        const std::string sql = fmt::format("SELECT {} FROM {}{} ORDER BY {}", columns_sql(table), quote_identifier(table.name), condition(table), order);
        try {
            return std::make_unique<StatementCursor>(database_.connection().prepare(sql));
        } catch (const Error& error) {
            if (table.only_where.empty() || error.code != ErrorCode::Internal) throw;
            throw Error(ErrorCode::Usage, fmt::format("the condition cannot be used on table {}: {}", table.name, error.message),
                        "It is SQL about the columns of each table it is used on; name the tables that have them.");
        }
    }

    std::strong_ordering compare_keys(const TableShape& table, const SqlRow& a, const SqlRow& b) const override {
        return compare_in_key_order(table, a, b, encoding_);
    }

private:
    // In parentheses and on lines of its own, so that it stays one expression whatever is in it.
    static std::string condition(const TableShape& table) { return table.only_where.empty() ? "" : fmt::format(" WHERE (\n{}\n)", table.only_where); }

    OpenDatabase database_;
    std::string encoding_;
};

}  // namespace

std::unique_ptr<RowReader> make_row_reader(const fs::path& path) { return std::make_unique<SqliteRowReader>(path); }

}  // namespace holdfast
