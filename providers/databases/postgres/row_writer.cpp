#include "providers/databases/postgres/row_writer.hpp"

#include <algorithm>
#include <map>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/foreign_keys.hpp"
#include "providers/databases/postgres/owned_sequences.hpp"
#include "providers/databases/postgres/table_dump.hpp"
#include "providers/databases/postgres/table_shapes.hpp"

namespace holdfast {
namespace {

// The row is there already, or one that may not stand beside it.
[[noreturn]] void fail_taken() { throw Error(ErrorCode::AlreadyExists, "a row with the same key, or another value that may be there only once, is there already"); }

class PostgresRowWriter final : public RowWriter {
public:
    explicit PostgresRowWriter(PostgresConnection connection) : connection_(std::move(connection)) {
        set_plain(connection_);
        connection_.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
        turn_triggers_off();
        references_.emplace(connection_);
        sequences_.emplace(connection_);
        read_known_tables();
    }

    std::vector<TableShape> tables() override {
        std::vector<TableShape> shapes;
        for (const auto& [name, table] : tables_) shapes.push_back(table.table.shape);
        return shapes;
    }

    void create_table(const TableShape& shape) override {
        if (shape.create_sql.empty()) throw Error(ErrorCode::Unavailable, "how the table was made is not known", "Compare with a copy: its definition is read there.");
        run(shape.create_sql);
        set_plain(connection_);   // The definition begins with settings of its own.
        for (const std::string& sql : shape.create_also) {
            if (sql.starts_with(kReferenceMark)) later_.push_back(sql);
            else run(sql);
        }
        references_->refresh();
        read_known_tables();
    }

    std::optional<SqlRow> find(const TableShape& shape, const SqlRow& row) override {
        if (failed_) return std::nullopt;   // The server takes no more questions in this transaction; what it said first counts.
        const PostgresResult found = run_prepared("find", shape, key_of(shape, row), [&](const PostgresTable& table) {
            return fmt::format("SELECT {} FROM {} WHERE {}", column_list(shape), table.from_sql(), where_key(shape));
        });
        if (found.rows() == 0) return std::nullopt;
        return known(shape).table.row_of(shape, found, 0);
    }

    void insert(const TableShape& shape, const SqlRow& row) override {
        Known& table = known(shape);
        if (!std::exchange(table.filled, true)) begin_filling(table);
        std::vector<std::optional<std::string>> values;
        for (const SqlValue& value : row) values.push_back(parameter_of(value));
        const PostgresResult put = run_prepared("insert", shape, values, [&](const PostgresTable&) { return insert_sql(table.table, shape); });
        if (put.rows() == 0) fail_taken();
        sequences_->see(table.table.name, shape.columns, row);
    }

    void remove(const TableShape& shape, const SqlRow& row) override {
        references_->before_remove(known(shape).table.name);
        run_prepared("remove", shape, key_of(shape, row), [&](const PostgresTable& table) { return fmt::format("DELETE FROM {} WHERE {}", table.from_sql(), where_key(shape)); });
    }

    // References that were made with the table; one that came later keeps it.
    void detach_table(const TableShape& shape) override {
        for (const std::string& sql : shape.create_also) {
            const auto add = sql.find(" ADD CONSTRAINT "), key = sql.find(" FOREIGN KEY ");
            if (!sql.starts_with(kReferenceMark) || add == std::string::npos || key == std::string::npos) continue;
            const std::size_t name = add + std::string_view(" ADD CONSTRAINT ").size();
            std::string alter = sql.substr(kReferenceMark.size(), add - kReferenceMark.size());
            alter.insert(std::string_view("ALTER TABLE").size(), " IF EXISTS");
            run(fmt::format("{} DROP CONSTRAINT IF EXISTS {}", alter, sql.substr(name, key - name)));
        }
        references_->refresh();
    }

    void drop_table(const TableShape& shape) override {
        const std::string name = sql_of(known(shape).table.name);
        run("LOCK TABLE " + name + " IN ACCESS EXCLUSIVE MODE");
        if (run(fmt::format("SELECT FROM {} LIMIT 1", name)).rows() > 0) {
            throw Error(ErrorCode::Changed, "table " + shape.name + " has rows, so it is not dropped", "Somebody uses the table again; keep it.");
        }
        run("SAVEPOINT dropping");
        try {
            connection_.execute("DROP TABLE " + name);
        } catch (const PostgresError& error) {
            if (error.sqlstate != "2BP01") throw;   // Something that came later needs it.
            run("ROLLBACK TO dropping");
            throw Error(ErrorCode::Changed, "table " + shape.name + " is used by something else, so it is not dropped: " + error.message, "Keep it, or drop both by hand.");
        }
        read_known_tables();
        references_->refresh();
    }

    std::vector<std::string> broken_references() override {
        for (const std::string& sql : later_) make_reference(sql);
        later_.clear();
        references_->refresh();
        std::vector<std::string> broken = std::exchange(refused_, {});
        for (std::string& text : references_->newly_broken()) broken.push_back(std::move(text));
        return broken;
    }

    void commit() override {
        sequences_->move_on();
        run("COMMIT");
    }

private:
    struct Known {
        PostgresTable table;
        bool filled = false;
        std::map<std::string, std::string> prepared;   // By columns and purpose.
    };

    void turn_triggers_off() {
        try {
            connection_.execute("SET LOCAL session_replication_role = replica");
        } catch (const PostgresError& error) {
            if (error.sqlstate != "42501") throw;
            const std::string role = quote_name(connection_.user());
            throw Error(ErrorCode::NotPermitted, fmt::format("{} may not put rows in without their triggers", role),
                        connection_.major() >= 15 ? fmt::format("Let it, as an administrator: GRANT SET ON PARAMETER session_replication_role TO {}; GRANT pg_write_all_data TO {};", role, role)
                                                  : "Before PostgreSQL 15 this needs a superuser: give one in the connection for the repair.");
        }
    }

    void read_known_tables() {
        for (PostgresTable& table : read_tables(connection_)) {
            std::string name = table.shape.name;
            tables_[name].table = std::move(table);
        }
        std::erase_if(tables_, [&](const auto& each) {
            const std::optional<std::string> name(sql_of(each.second.table.name));
            return connection_.query("SELECT WHERE to_regclass($1) IS NOT NULL", std::span(&name, 1)).rows() == 0;
        });
    }

    Known& known(const TableShape& shape) {
        const auto found = tables_.find(shape.name);
        if (found != tables_.end()) return found->second;
        throw Error(ErrorCode::Changed, fmt::format("there is no table {} any more", printable(shape.name, 80)));
    }

    // What an error leaves behind takes no more statements.
    PostgresResult run(const std::string& sql) {
        try {
            return connection_.execute(sql);
        } catch (const PostgresError&) {
            failed_ = true;
            throw;
        }
    }

    template <typename Sql>
    PostgresResult run_prepared(const std::string& purpose, const TableShape& shape, const std::vector<std::optional<std::string>>& values, const Sql& sql) {
        Known& table = known(shape);
        try {
            auto [found, is_new] = table.prepared.try_emplace(purpose + " " + column_list(shape), "");
            if (is_new) {
                found->second = fmt::format("holdfast_{}", ++statements_);
                connection_.prepare(found->second, sql(table.table));
            }
            return connection_.query_prepared(found->second, values);
        } catch (const PostgresError&) {
            failed_ = true;
            throw;
        }
    }

    static std::string where_key(const TableShape& shape) {
        std::string sql;
        std::size_t parameter = 0;
        for (const std::size_t column : shape.key) sql += fmt::format("{}{} = ${}", sql.empty() ? "" : " AND ", quote_name(shape.columns[column]), ++parameter);
        return sql;
    }

    static std::vector<std::optional<std::string>> key_of(const TableShape& shape, const SqlRow& row) {
        std::vector<std::optional<std::string>> values;
        for (const std::size_t column : shape.key) values.push_back(parameter_of(row[column]));
        return values;
    }

    // Into a partitioned table the server finds the partition; identity columns take the numbers that they had.
    static std::string insert_sql(const PostgresTable& table, const TableShape& shape) {
        std::string values;
        for (std::size_t i = 1; i <= shape.columns.size(); ++i) values += fmt::format("{}${}", i == 1 ? "" : ", ", i);
        return fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({}) ON CONFLICT DO NOTHING RETURNING 1", sql_of(table.name), column_list(shape), values);
    }

    // Triggers that are made to fire for replicated rows too would do their work a second time.
    void begin_filling(Known& table) {
        references_->before_insert(table.table.name);
        const std::optional<std::string> name(sql_of(table.table.name));
        const PostgresResult always = connection_.query(
            "SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid IN (SELECT $1::regclass UNION SELECT relid FROM pg_partition_tree($1::regclass)) AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') LIMIT 1",
            std::span(&name, 1));
        if (always.rows() == 0) return;
        throw Error(ErrorCode::Unavailable, fmt::format("the trigger {} would fire for every row that is put back", printable(always.text(0, 0), 60)),
                    fmt::format("Nothing was changed. Make it an ordinary one for the time of the repair: ALTER TABLE {} ENABLE TRIGGER {};", *name, quote_name(always.text(0, 0))));
    }

    void make_reference(const std::string& sql) {
        run("SAVEPOINT referring");
        try {
            connection_.execute(sql);
        } catch (const PostgresError& error) {
            if (error.sqlstate != "23503" && error.sqlstate != "42710" && error.sqlstate != "42P01") {
                failed_ = true;
                throw;
            }
            run("ROLLBACK TO referring");
            if (error.sqlstate == "23503") refused_.push_back(error.message);   // The other table is gone, or has the reference: then there is nothing to make.
        }
        run("RELEASE referring");
    }

    PostgresConnection connection_;
    std::optional<ForeignKeys> references_;
    std::optional<OwnedSequences> sequences_;
    std::map<std::string, Known> tables_;
    std::vector<std::string> later_;       // References that are made when all rows are in.
    std::vector<std::string> refused_;
    std::uint64_t statements_ = 0;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_postgres_writer(PostgresConnection connection) { return std::make_unique<PostgresRowWriter>(std::move(connection)); }

}  // namespace holdfast
