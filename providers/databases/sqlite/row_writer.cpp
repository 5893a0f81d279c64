#include "providers/databases/sqlite/row_writer.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/broken_references.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"

namespace holdfast {
namespace {

std::string where_key(const TableShape& table) {
    std::string sql;
    int parameter = 0;
    for (const std::size_t column : table.key) sql += fmt::format("{}{} = ?{}", sql.empty() ? "" : " AND ", column_sql(table, column), ++parameter);
    return sql;
}

std::string insert_sql(const TableShape& table) {
    std::string values;
    for (std::size_t i = 0; i < table.columns.size(); ++i) values += i == 0 ? "?" : ", ?";
    // OR ABORT: a table that says ON CONFLICT IGNORE or REPLACE would otherwise drop or overwrite rows in silence.
    return fmt::format("INSERT OR ABORT INTO {}({}) VALUES ({})", quote_identifier(table.name), columns_sql(table), values);
}

class SqliteRowWriter final : public RowWriter {
public:
    explicit SqliteRowWriter(const fs::path& path) : database_(OpenDatabase::for_writing(path)), connection_(database_.connection()) {
        // 64 MiB of pages: with SQLite's 2 MiB a million rows with an index would be written to the log many times over.
        connection_.execute("PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-65536");
        connection_.set_triggers(false);
        connection_.execute("BEGIN IMMEDIATE");
        references_.emplace(connection_);
    }

    ~SqliteRowWriter() override {
        prepared_.clear();
        try {
            if (connection_.in_transaction()) connection_.execute("ROLLBACK");
        } catch (const Error&) {
            // A destructor may not throw; closing the connection rolls back as well.
        }
    }

    std::vector<TableShape> tables() override { return table_shapes(connection_); }

    void create_table(const TableShape& table) override {
        connection_.prepare(table.create_sql).run();
        for (const std::string& sql : table.create_also) connection_.prepare(sql).run();
        references_->refresh_tables();
    }

    std::optional<SqlRow> find(const TableShape& table, const SqlRow& row) override {
        Statement& statement = prepared(table).find;
        bind_key(statement, table, row);
        std::optional<SqlRow> found;
        if (statement.step()) statement.read_row_into(found.emplace());
        statement.reset();
        return found;
    }

    void insert(const TableShape& table, const SqlRow& row) override {
        references_->before_insert(table.name);
        changed_.insert(table.name);
        prepared(table).insert.bind_row(row).run();
    }

    void remove(const TableShape& table, const SqlRow& row) override {
        references_->before_remove(table.name);
        changed_.insert(table.name);
        Statement& statement = prepared(table).remove;
        bind_key(statement, table, row);
        statement.run();
    }

    void drop_table(const TableShape& table) override {
        const std::string name = quote_identifier(table.name);
        if (connection_.integer("SELECT EXISTS(SELECT 1 FROM " + name + ")") == 1) {
            throw Error(ErrorCode::Changed, "table " + table.name + " has rows, so it is not dropped", "Somebody uses the table again; keep it.");
        }
        prepared_.clear();   // An open statement would keep the table locked.
        connection_.prepare("DROP TABLE " + name).run();
        references_->refresh_tables();
    }

    std::vector<std::string> broken_references() override { return references_->newly_broken(); }

    void commit() override {
        for (const ExternalIndex& index : external_indexes(connection_)) {
            if (depends_on_changes(index)) {
                const std::string name = quote_identifier(index.name);
                connection_.prepare(fmt::format("INSERT INTO {}({}) VALUES ('rebuild')", name, name)).run();
            }
        }
        connection_.execute("COMMIT");
    }

private:
    struct Prepared {
        Statement find, insert, remove;
    };

    Prepared& prepared(const TableShape& table) {
        const auto found = prepared_.find(table.name);
        if (found != prepared_.end()) return found->second;
        const std::string name = quote_identifier(table.name);
        const std::string where = where_key(table);
        return prepared_
            .emplace(table.name, Prepared{connection_.prepare(fmt::format("SELECT {} FROM {} WHERE {}", columns_sql(table), name, where)),
                                          connection_.prepare(insert_sql(table)),
                                          connection_.prepare(fmt::format("DELETE FROM {} WHERE {}", name, where))})
            .first->second;
    }

    static void bind_key(Statement& statement, const TableShape& table, const SqlRow& row) {
        int parameter = 0;
        for (const std::size_t column : table.key) statement.bind(++parameter, row[column]);
    }

    // Where the content is a view, any table may be behind it.
    bool depends_on_changes(const ExternalIndex& index) {
        if (changed_.empty()) return false;
        const bool is_table =
            connection_.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", index.content) == 1;
        if (!is_table) return true;
        return std::ranges::any_of(changed_, [&](const std::string& table) {
            return connection_.integer("SELECT ? = ? COLLATE NOCASE", table, index.content) == 1;
        });
    }

    OpenDatabase database_;
    Connection& connection_;
    std::optional<BrokenReferences> references_;
    std::map<std::string, Prepared> prepared_;
    std::set<std::string> changed_;
};

}  // namespace

std::unique_ptr<RowWriter> make_row_writer(const fs::path& path) { return std::make_unique<SqliteRowWriter>(path); }

}  // namespace holdfast
