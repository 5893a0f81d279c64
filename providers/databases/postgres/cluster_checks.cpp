#include "providers/databases/postgres/cluster_checks.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kProblemsKept = 100;
constexpr int kHeapCheckSince = 14;

struct CatalogCheck {
    const char* what;    // Of a row that the statement gives.
    const char* sql;     // Names of what is wrong.
};

constexpr CatalogCheck kCatalogChecks[] = {
    {"its file is missing",
     "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'i', 't', 'm', 'S') AND c.relpersistence <> 't' "
     "AND pg_relation_filepath(c.oid) IS NOT NULL AND (pg_stat_file(pg_relation_filepath(c.oid), true)).size IS NULL LIMIT 100"},
    {"a column of a relation that is not there",
     "SELECT a.attrelid::text || '.' || a.attname FROM pg_attribute a LEFT JOIN pg_class c ON c.oid = a.attrelid WHERE c.oid IS NULL LIMIT 100"},
    {"a relation that lacks columns",
     "SELECT c.oid::regclass::text FROM pg_class c LEFT JOIN (SELECT attrelid, count(*) n FROM pg_attribute WHERE attnum > 0 GROUP BY 1) a ON a.attrelid = c.oid "
     "WHERE c.relnatts <> coalesce(a.n, 0) LIMIT 100"},
    {"a relation in a schema that is not there", "SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.oid IS NULL LIMIT 100"},
    {"a column of a type that is not there",
     "SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute a LEFT JOIN pg_type t ON t.oid = a.atttypid "
     "WHERE a.atttypid <> 0 AND NOT a.attisdropped AND t.oid IS NULL LIMIT 100"},
    {"an index without its table, or without itself",
     "SELECT i.indexrelid::text FROM pg_index i LEFT JOIN pg_class x ON x.oid = i.indexrelid LEFT JOIN pg_class t ON t.oid = i.indrelid WHERE x.oid IS NULL OR t.oid IS NULL LIMIT 100"},
    {"its TOAST table is not there",
     "SELECT c.oid::regclass::text FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.reltoastrelid <> 0 AND t.oid IS NULL LIMIT 100"},
    {"a constraint on a table that is not there",
     "SELECT k.conname FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid WHERE k.conrelid <> 0 AND c.oid IS NULL LIMIT 100"},
};

class DatabaseChecks {
public:
    DatabaseChecks(PostgresConnection connection, std::string database, IntegrityReport& report, const WorkContext& work)
        : connection_(std::move(connection)), database_(std::move(database)), report_(report), work_(work) {
        connection_.execute("SET search_path = pg_catalog");
    }

    void look_at_catalogs() {
        for (const CatalogCheck& check : kCatalogChecks) {
            const PostgresResult found = connection_.execute(check.sql);
            for (std::size_t row = 0; row < found.rows(); ++row) add(std::string(found.text(row, 0)), check.what);
        }
    }

    // In a transaction that is rolled back: the extension is not in the copy afterwards. False: it is not to be had.
    bool run_amcheck() {
        if (connection_.execute("SELECT FROM pg_available_extensions WHERE name = 'amcheck'").rows() == 0) return false;
        connection_.execute("BEGIN READ WRITE; CREATE EXTENSION IF NOT EXISTS amcheck");
        const PostgresResult schema = connection_.execute("SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'amcheck'");
        const std::string functions = quote_name(schema.expect(1, 1).text(0, 0));
        each("SELECT c.oid, c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
             "WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid ORDER BY 2",
             fmt::format("SELECT {}.bt_index_check($1::oid::regclass) OFFSET 1", functions), "index ");
        if (connection_.major() >= kHeapCheckSince) {
            each("SELECT oid, oid::regclass::text FROM pg_class WHERE relkind IN ('r', 't', 'm') AND relpersistence <> 't' AND relam <> 0 ORDER BY 2",
                 fmt::format("SELECT 'block ' || blkno || ': ' || msg FROM {}.verify_heapam($1::oid::regclass) LIMIT 10", functions), "");
        }
        connection_.execute("ROLLBACK");
        return true;
    }

private:
    // Runs `check` for each relation; what it says and what it fails with is a problem of that relation.
    void each(const std::string& relations, const std::string& check, const char* kind) {
        const PostgresResult found = connection_.execute(relations);
        for (std::size_t row = 0; row < found.rows(); ++row) {
            throw_if_cancelled(work_.cancel);
            const std::string name = kind + std::string(found.text(row, 1));
            const std::optional<std::string> oid(found.text(row, 0));
            connection_.execute("SAVEPOINT one");
            try {
                const PostgresResult said = connection_.query(check, std::span(&oid, 1));
                for (std::size_t line = 0; line < said.rows(); ++line) add(name, said.text(line, 0));
            } catch (const PostgresError& error) {
                if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Unavailable) throw;
                add(name, error.message);
                connection_.execute("ROLLBACK TO one");
            }
            connection_.execute("RELEASE one");
        }
    }

    void add(const std::string& where, std::string_view what) {
        ++report_.problem_count;
        if (report_.problems.size() < kProblemsKept) report_.problems.push_back({fmt::format("{} in database {}", printable(where, 120), printable(database_, 60)), printable(what, 300)});
    }

    PostgresConnection connection_;
    std::string database_;
    IntegrityReport& report_;
    const WorkContext& work_;
};

}  // namespace

void look_at_catalogs_of(PostgresConnection connection, const std::string& database, IntegrityReport& report, const WorkContext& work) {
    DatabaseChecks(std::move(connection), database, report, work).look_at_catalogs();
}

void check_with_server(const InstanceAddress& address, IntegrityReport& report, const WorkContext& work) {
    std::vector<std::string> databases;
    {
        PostgresConnection connection = connect_to_instance(address, "template1", work.cancel);
        const PostgresResult found = connection.execute("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn ORDER BY 1");
        for (std::size_t row = 0; row < found.rows(); ++row) databases.emplace_back(found.text(row, 0));
    }
    bool all_looked_into = true;
    for (const std::string& database : databases) {
        within("database " + database, [&] {
            DatabaseChecks checks(connect_to_instance(address, database, work.cancel), database, report, work);
            checks.look_at_catalogs();
            all_looked_into = checks.run_amcheck() && all_looked_into;
        });
    }
    report.checks.emplace_back("catalogs");
    if (all_looked_into) report.checks.emplace_back("amcheck");
}

}  // namespace holdfast
