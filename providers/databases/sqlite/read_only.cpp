#include "providers/databases/sqlite/read_only.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/base/error.hpp"
#include "engine/provider/query.hpp"
#include "engine/sqlite/failure.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kOnlyReading = "Only statements that read are taken: select, with, values, explain, and pragmas that only tell.";

// Pragmas that tell about the table, index or check that they are given …
constexpr std::array<std::string_view, 15> kTellingOf{
    "collation_list", "compile_options", "database_list", "foreign_key_check", "foreign_key_list",
    "function_list",  "index_info",      "index_list",    "index_xinfo",       "integrity_check",
    "module_list",    "quick_check",     "table_info",    "table_list",        "table_xinfo"};
// … and those that would set what they tell, were they given something.
constexpr std::array<std::string_view, 9> kTellingAlone{
    "application_id", "auto_vacuum",   "data_version", "encoding",    "freelist_count",
    "page_count",     "page_size",     "schema_version", "user_version"};

template <std::size_t Size>
bool holds(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view known) {
        return known.size() == name.size() && sqlite3_strnicmp(known.data(), name.data(), static_cast<int>(name.size())) == 0;
    });
}

bool only_tells(const char* pragma, const char* argument) {
    if (pragma == nullptr) return false;
    return holds(kTellingOf, pragma) || (argument == nullptr && holds(kTellingAlone, pragma));
}

// Writing as such is refused by require_reading_statement() and by the file that cannot be written: some virtual tables (R-Tree)
// prepare their writing statements when they are opened for reading.
int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
    switch (action) {
        case SQLITE_ATTACH:
        case SQLITE_DETACH:
        case SQLITE_TRANSACTION:
        case SQLITE_SAVEPOINT: return SQLITE_DENY;
        case SQLITE_PRAGMA: return only_tells(first, second) ? SQLITE_OK : SQLITE_DENY;
        case SQLITE_FUNCTION: return second != nullptr && sqlite3_stricmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
        default: return SQLITE_OK;
    }
}

class Compiled {
public:
    Compiled(sqlite3* database, const char* sql) { result = sqlite3_prepare_v2(database, sql, -1, &statement, &rest); }
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
    ~Compiled() { sqlite3_finalize(statement); }
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    int result = SQLITE_OK;
};

[[noreturn]] void refuse_statement(Connection& connection, int result) {
    const std::string what = sqlite3_errmsg(connection.handle());
    const bool is_refused = (result & 0xff) == SQLITE_AUTH || what.starts_with("not authorized");   // A function's refusal has the general code.
    if (is_refused) throw Error(ErrorCode::NotPermitted, "the SQL does more than read: " + what, std::string(kOnlyReading));
    if ((result & 0xff) != SQLITE_ERROR) throw_sqlite(connection.handle(), result, connection.path().string());
    const bool is_missing = what.starts_with("no such table") || what.starts_with("no such column");
    if (!is_missing) throw Error(ErrorCode::Usage, "the SQL is not understood: " + what, "Check it, and put it between double quotes for the shell.");
    throw NotInState(ErrorCode::Missing, connection.path().string() + ": at that time there was " + what, "To see what there was: select name, sql from sqlite_schema");
}

}  // namespace

void allow_reading_only(Connection& connection) {
    sqlite3* database = connection.handle();
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(database, authorize, nullptr);
}

void require_reading_statement(Connection& connection, const std::string& sql) {
    const Compiled compiled(connection.handle(), sql.c_str());
    if (compiled.result != SQLITE_OK) refuse_statement(connection, compiled.result);
    if (compiled.statement == nullptr) throw Error(ErrorCode::Usage, "there is no SQL statement to run", "Give one: \"select count(*) from …\"");
    if (sqlite3_stmt_readonly(compiled.statement) == 0) throw Error(ErrorCode::NotPermitted, "the SQL does more than read", std::string(kOnlyReading));
    if (sqlite3_bind_parameter_count(compiled.statement) > 0) {
        throw Error(ErrorCode::Usage, "the SQL has a parameter, and there is no value for it", "Write the value into the SQL.");
    }
    const Compiled more(connection.handle(), compiled.rest);
    if (more.result != SQLITE_OK || more.statement != nullptr) {
        throw Error(ErrorCode::Usage, "there is more than one SQL statement", "Give one at a time.");
    }
}

}  // namespace holdfast
