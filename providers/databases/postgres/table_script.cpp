#include "providers/databases/postgres/table_script.hpp"

#include <algorithm>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/row_database.hpp"
#include "providers/databases/postgres/server_programs.hpp"
#include "providers/databases/postgres/table_dump.hpp"
#include "providers/databases/postgres/table_shapes.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::string_view kReferenceEntry = "; Type: FK CONSTRAINT;";

struct ScriptTable {
    TableName name;
    bool partitioned = false;
    std::string columns;        // Of its rows: those that are not generated.
    std::string not_covered;
};

constexpr const char* kTablesQuery =
    "SELECT n.nspname, c.relname, c.relkind, c.relpersistence, "
    "coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '') "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'f', 'm') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2";

std::string why_not(std::string_view kind, std::string_view persistence) {
    if (kind == "f") return "a foreign table, whose rows are elsewhere";
    if (kind == "m") return "a materialized view, which is filled from its tables";
    if (persistence == "u") return "an unlogged table, which no log brings back";
    return {};
}

std::vector<ScriptTable> tables_in(PostgresConnection& connection) {
    const PostgresResult found = connection.execute(kTablesQuery);
    std::vector<ScriptTable> tables;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        tables.push_back({.name = {std::string(found.text(row, 0)), std::string(found.text(row, 1))},
                          .partitioned = found.text(row, 2) == "p",
                          .columns = std::string(found.text(row, 4)),
                          .not_covered = why_not(found.text(row, 2), found.text(row, 3))});
    }
    return tables;
}

void keep_wanted(std::vector<ScriptTable>& tables, const std::vector<std::string>& wanted) {
    std::vector<std::string> known;
    for (const ScriptTable& table : tables) known.push_back(to_text(table.name));
    std::set<std::string> names;
    for (const std::string& text : wanted) {
        const std::string name = to_text(parse_table_name(text));
        names.insert(name);
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto meant = closest_match(name, known);
        throw Error(ErrorCode::Usage, "there was no table '" + printable(name, 80) + "' then", meant ? "Did you mean '" + *meant + "'?" : "The tables are: " + printable(join(known, ", "), 400) + ".");
    }
    if (!wanted.empty()) std::erase_if(tables, [&](const ScriptTable& table) { return !names.contains(to_text(table.name)); });
}

// Appends to a file, in portions.
class ScriptFile {
public:
    explicit ScriptFile(const fs::path& path) : file_(File::open(path, File::Mode::CreateNew)) {}
    void add(std::string_view text) {
        buffer_ += text;
        if (buffer_.size() >= kBufferBytes) flush();
    }
    void finish() {
        flush();
        file_.sync();
    }

private:
    void flush() {
        file_.write_at(at_, as_bytes(buffer_));
        at_ += buffer_.size();
        buffer_.clear();
    }
    File file_;
    std::uint64_t at_ = 0;
    std::string buffer_;
};

class Script {
public:
    Script(const ScriptOrder& order, const InstanceAddress& instance, const WorkContext& work)
        : order_(order), instance_(instance), work_(work), connection_(open_row_database(instance, work.cancel)),
          program_(require_postgres_program(connection_.major(), "pg_dump")), file_(order.file) {
        set_plain(connection_);
        connection_.execute(fmt::format("SET client_encoding = {}", connection_.quoted_literal(connection_.parameter("server_encoding"))));
        connection_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }

    ScriptFacts write() {
        tables_ = tables_in(connection_);
        keep_wanted(tables_, order_.tables);
        ScriptFacts facts;
        for (const ScriptTable& table : tables_) {
            if (!table.not_covered.empty()) facts.not_covered.emplace_back(to_text(table.name), table.not_covered);
        }
        if (!order_.tables.empty()) std::erase_if(tables_, [](const ScriptTable& table) { return !table.not_covered.empty(); });
        if (tables_.empty()) throw Error(ErrorCode::Usage, "there is no table whose rows can be written", "See what there is: runbook query --help");
        begin(facts);
        file_.add(definitions("pre-data"));
        for (const ScriptTable& table : tables_) {
            if (!table.not_covered.empty()) continue;
            facts.rows += within("table " + to_text(table.name), [&] { return copy(table); });
            ++facts.tables;
        }
        add_sequences();
        file_.add(without_references(definitions("post-data")));
        add_references();
        file_.finish();
        return facts;
    }

private:
    // Types and functions of one's own come with a whole database, and not with single tables.
    void begin(ScriptFacts& facts) {
        file_.add(fmt::format("-- Rows of the database {} as they were, written by Holdfast. Into an empty database: psql -X -1 -v ON_ERROR_STOP=1 -d DATABASE -f FILE\n", printable(connection_.database(), 80)));
        if (order_.tables.empty()) return;
        std::set<std::string> schemas;
        for (const ScriptTable& table : tables_) schemas.insert(table.name.schema);
        for (const std::string& schema : schemas) file_.add(fmt::format("CREATE SCHEMA IF NOT EXISTS {};\n", quote_name(schema)));
        for (const ScriptTable& table : tables_) {
            const std::optional<std::string> name(sql_of(table.name));
            const PostgresResult types = connection_.query(
                "SELECT DISTINCT format_type(t.oid, NULL) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace "
                "WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'pg_catalog' ORDER BY 1", std::span(&name, 1));
            for (std::size_t row = 0; row < types.rows(); ++row) {
                facts.not_covered.emplace_back(to_text(table.name), fmt::format("its type {}, which must be there before the file is loaded", printable(types.text(row, 0), 80)));
            }
        }
    }

    std::string definitions(const std::string& section) {
        std::vector<std::string> options{"--schema-only", "--no-owner", "--no-privileges", "--section=" + section};
        if (!order_.tables.empty()) {
            for (const std::string& name : names_with_partitions()) options.push_back("--table=" + name);
        }
        return run_pg_dump(program_, options, instance_, connection_.database(), work_.cancel);
    }

    std::vector<std::string> names_with_partitions() {
        std::vector<std::string> names;
        for (const ScriptTable& table : tables_) {
            for (std::string& name : table_with_partitions(table.name, table.partitioned, connection_)) names.push_back(std::move(name));
        }
        return names;
    }

    std::uint64_t copy(const ScriptTable& table) {
        file_.add(fmt::format("COPY {} ({}) FROM stdin;\n", sql_of(table.name), table.columns));
        const std::string condition = order_.only_where.empty() ? "" : fmt::format(" WHERE (\n{}\n)", order_.only_where);
        const std::string rows = fmt::format("SELECT {} FROM {}{}{}", table.columns, table.partitioned ? "" : "ONLY ", sql_of(table.name), condition);
        check_condition(table, rows);
        connection_.send(fmt::format("COPY ({}) TO STDOUT", rows));
        connection_.next_result();
        std::uint64_t count = 0;
        CopyMessage message;
        while (connection_.read_copy(message) == PostgresConnection::CopyRead::Message) {
            file_.add(as_text(message.bytes()));   // One row, with the end of its line.
            work_.progress.advance(message.bytes().size());
            ++count;
        }
        while (connection_.next_result().kind() != PostgresResult::Kind::None) {}
        file_.add("\\.\n\n");
        return count;
    }

    // As one statement by itself, by the protocol that takes no second one: whatever a condition is, it stays one.
    void check_condition(const ScriptTable& table, const std::string& rows) {
        if (order_.only_where.empty()) return;
        try {
            connection_.query(fmt::format("DECLARE holdfast_condition NO SCROLL CURSOR FOR {}", rows), {});
            connection_.execute("CLOSE holdfast_condition");
        } catch (const PostgresError& error) {
            if (!error.sqlstate.starts_with("42") || error.sqlstate == "42501") throw;
            throw Error(ErrorCode::Usage, fmt::format("the condition cannot be used on table {}: {}", to_text(table.name), error.message),
                        "It is SQL about the columns of each table it is used on; name the tables that have them.");
        }
    }

    void add_sequences() {
        std::vector<std::string> statements;
        for (const ScriptTable& table : tables_) {
            if (table.not_covered.empty()) {
                for (std::string& statement : sequence_states(table.name, connection_)) statements.push_back(std::move(statement));
            }
        }
        for (const std::string& statement : statements) file_.add(statement + ";\n");
    }

    // pg_dump heads each part with a line that says what it is.
    static std::string without_references(const std::string& dump) {
        std::string kept, part;
        bool is_reference = false;
        const auto end_part = [&] {
            if (!is_reference) kept += part;
            part.clear();
        };
        for (const std::string& line : split(dump, '\n')) {
            if (line == "--" && !part.empty() && !part.ends_with("--\n")) {
                if (head_seen_in(part)) end_part();
            }
            if (line.starts_with("-- Name: ")) is_reference = line.find(kReferenceEntry) != std::string::npos;
            part += line + "\n";
        }
        end_part();
        return kept;
    }
    static bool head_seen_in(const std::string& part) { return part.find("-- Name: ") != std::string::npos || part.find("-- PostgreSQL database dump") != std::string::npos; }

    // Where only some rows are taken, or a table that is pointed at is not, a reference could not be made.
    void add_references() {
        std::set<std::string> names;
        for (const ScriptTable& table : tables_) names.insert(sql_of(table.name));
        const PostgresResult found = connection_.execute(
            "SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), m.nspname, d.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_class d ON d.oid = k.confrelid JOIN pg_namespace m ON m.oid = d.relnamespace WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, 3");
        for (std::size_t row = 0; row < found.rows(); ++row) {
            const std::string child = sql_of({std::string(found.text(row, 0)), std::string(found.text(row, 1))}), parent = sql_of({std::string(found.text(row, 4)), std::string(found.text(row, 5))});
            if (!names.contains(child)) continue;
            const bool can_be_made = order_.only_where.empty() && names.contains(parent);
            const std::string statement = fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {};", child, quote_name(found.text(row, 2)), found.text(row, 3));
            file_.add(can_be_made ? statement + "\n" : fmt::format("-- Not made, as not every row that it may point at is here: {}\n", printable(statement, 1000)));
        }
    }

    const ScriptOrder& order_;
    const InstanceAddress& instance_;
    const WorkContext& work_;
    PostgresConnection connection_;
    fs::path program_;
    ScriptFile file_;
    std::vector<ScriptTable> tables_;
};

}  // namespace

ScriptFacts write_table_script(const ScriptOrder& order, const InstanceAddress& instance, const WorkContext& work) { return Script(order, instance, work).write(); }

}  // namespace holdfast
