#include "providers/databases/postgres/row_reader.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cursor_portions.hpp"
#include "providers/databases/postgres/readable_blocks.hpp"
#include "providers/databases/postgres/row_database.hpp"
#include "providers/databases/postgres/table_dump.hpp"
#include "providers/databases/postgres/table_shapes.hpp"

namespace holdfast {
namespace {

class FetchedRows final : public RowCursor {
public:
    FetchedRows(PostgresConnection& connection, const PostgresTable& table, TableShape shape, std::string name)
        : connection_(connection), table_(table), shape_(std::move(shape)), name_(name), portions_(connection, std::move(name)) {}
    FetchedRows(const FetchedRows&) = delete;
    FetchedRows& operator=(const FetchedRows&) = delete;
    ~FetchedRows() override {
        try {
            connection_.execute("CLOSE " + name_);
        } catch (const Error&) {
            // A destructor may not throw; the cursor ends with its transaction anyway.
        }
    }

    const SqlRow* next() override {
        if (!portions_.has_row()) return nullptr;
        row_ = table_.row_of(shape_, portions_.portion(), portions_.take());
        return &row_;
    }

private:
    PostgresConnection& connection_;
    const PostgresTable& table_;
    TableShape shape_;
    std::string name_;
    CursorPortions portions_;
    SqlRow row_;
};

class PostgresRowReader final : public RowReader {
public:
    PostgresRowReader(PostgresConnection connection, std::optional<InstanceAddress> copy) : connection_(std::move(connection)), copy_(std::move(copy)) {
        set_plain(connection_);
        connection_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        for (PostgresTable& table : read_tables(connection_)) {
            std::string name = table.shape.name;
            tables_.emplace(std::move(name), std::move(table));
        }
    }

    std::vector<TableShape> tables() override {
        std::vector<TableShape> shapes = beside_tables(connection_);
        for (const auto& [name, table] : tables_) shapes.push_back(table.shape);
        return shapes;
    }

    std::unique_ptr<RowCursor> rows(const TableShape& shape) override {
        const PostgresTable& table = known(shape);
        const std::string name = fmt::format("holdfast_{}", ++cursors_);
        // As one statement by itself, and in parentheses on lines of its own: whatever a condition is, it stays one.
        const std::string condition = shape.only_where.empty() ? "" : fmt::format(" WHERE (\n{}\n)", shape.only_where);
        try {
            connection_.query(fmt::format("DECLARE {} NO SCROLL CURSOR FOR SELECT {} FROM {}{} ORDER BY {}", name, column_list(shape), from_sql(table), condition, table.order_sql(shape)), {});
        } catch (const PostgresError& error) {
            if (shape.only_where.empty() || !error.sqlstate.starts_with("42") || error.sqlstate == "42501") throw;
            throw Error(ErrorCode::Usage, fmt::format("the condition cannot be used on table {}: {}", shape.name, error.message),
                        "It is SQL about the columns of each table it is used on; name the tables that have them.");
        }
        return std::make_unique<FetchedRows>(connection_, table, shape, name);
    }

    std::vector<UnreadablePart> unreadable() const override { return unreadable_; }

    // Reads all of it, and goes on without what cannot be read.
    void pass_over_damage(const CancelToken& cancel) {
        connection_.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off");
        for (auto& [name, table] : tables_) {
            if (!table.shape.not_covered.empty()) continue;
            const ReadableTable readable = find_readable(connection_, table, cancel);
            for (const std::string& what : readable.unreadable) unreadable_.push_back({name, what});
            if (readable.none_of_it) table.shape.not_covered = "it cannot be read: " + readable.unreadable.front();
            else if (!readable.from_sql.empty()) instead_[name] = readable.from_sql;
        }
    }

    TableShape with_creation(const TableShape& shape) override {
        if (!copy_) return shape;
        return within("table " + shape.name, [&] { return with_definition(known(shape), shape, *copy_, connection_, {}); });
    }

    std::strong_ordering compare_keys(const TableShape& shape, const SqlRow& a, const SqlRow& b) const override {
        return holdfast::compare_keys(known(shape), shape, a, b);
    }

private:
    const PostgresTable& known(const TableShape& shape) const {
        const auto found = tables_.find(shape.name);
        if (found != tables_.end()) return found->second;
        throw Error(ErrorCode::Missing, fmt::format("there is no table {}", printable(shape.name, 80)));
    }

    std::string from_sql(const PostgresTable& table) const {
        const auto instead = instead_.find(table.shape.name);
        return instead == instead_.end() ? table.from_sql() : instead->second;
    }

    PostgresConnection connection_;
    std::optional<InstanceAddress> copy_;
    std::map<std::string, PostgresTable> tables_;
    std::map<std::string, std::string> instead_;   // Of damaged tables: what of them can be read.
    std::vector<UnreadablePart> unreadable_;
    std::uint64_t cursors_ = 0;
};

// Nothing of it can be read.
class NoRows final : public RowReader {
public:
    explicit NoRows(std::string why) : why_(std::move(why)) {}
    std::vector<TableShape> tables() override { return {}; }
    std::unique_ptr<RowCursor> rows(const TableShape& shape) override { throw Error(ErrorCode::Missing, fmt::format("there is no table {}", printable(shape.name, 80))); }
    std::strong_ordering compare_keys(const TableShape&, const SqlRow&, const SqlRow&) const override { return std::strong_ordering::equal; }
    std::vector<UnreadablePart> unreadable() const override { return {{"", why_}}; }

private:
    std::string why_;
};

}  // namespace

std::unique_ptr<RowReader> make_forgiving_reader(const ConnectionWords& words, const CancelToken& cancel) {
    try {
        auto reader = std::make_unique<PostgresRowReader>(open_row_database(words, cancel), std::nullopt);
        reader->pass_over_damage(cancel);
        return reader;
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::NotPermitted) throw;
        return std::make_unique<NoRows>(error.message);
    }
}

std::unique_ptr<RowReader> make_postgres_reader(PostgresConnection connection, std::optional<InstanceAddress> copy) {
    return std::make_unique<PostgresRowReader>(std::move(connection), std::move(copy));
}

}  // namespace holdfast
