#include "providers/databases/sqlite/integrity.hpp"

#include <sqlite3.h>

#include <cctype>
#include <cstring>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/lost_log.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kListedMax = 100;

void add_problem(IntegrityReport& report, std::string where, std::string what) {
    ++report.problem_count;
    if (report.problems.size() < kListedMax) report.problems.push_back({std::move(where), std::move(what)});
}

// Returns the word that follows `mark`, or nothing: SQLite's messages name their place in the middle of a sentence.
std::string word_after(const std::string& text, std::string_view mark) {
    const auto at = text.find(mark);
    if (at == std::string::npos) return {};
    const auto start = at + mark.size();
    auto end = start;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 && text[end] != ':' && text[end] != '.') ++end;
    return text.substr(start, end - start);
}

std::string place_in(const std::string& message) {
    for (const auto& [mark, kind] : {std::pair{"index ", "index "}, {"Page ", "page "}, {"page ", "page "}, {"value in ", "table "}}) {
        if (const std::string word = word_after(message, mark); !word.empty()) return kind + word;
    }
    return "database";
}

void add_lines(IntegrityReport& report, const std::string& message) {
    for (const std::string& line : split(message, '\n')) {
        // The headline that SQLite puts above the lines of one page check says nothing itself.
        if (!line.empty() && !line.starts_with("*** in database")) add_problem(report, place_in(line), printable(line));
    }
}

void run_structure_check(Connection& connection, const std::string& name, IntegrityReport& report) {
    Statement check = connection.prepare("PRAGMA " + name + "(100000)");
    while (check.step()) {
        if (const std::string line = check.text(0); line != "ok") add_lines(report, line);
    }
    report.checks.push_back(name);
}

int compare_as_bytes(void*, int size_a, const void* a, int size_b, const void* b) {
    const int order = std::memcmp(a, b, static_cast<std::size_t>(std::min(size_a, size_b)));
    return order != 0 ? order : size_a - size_b;
}

void stand_in_for_collation(void*, sqlite3* database, int encoding, const char* name) {
    sqlite3_create_collation_v2(database, name, encoding, nullptr, compare_as_bytes, nullptr);
}

// An index by a collation or function that a program of the user's brings along cannot be checked without it; everything else
// can: quick_check does not look at the order in indexes, so any collation will do for it.
void check_structure(Connection& connection, IntegrityReport& report) {
    try {
        run_structure_check(connection, "integrity_check", report);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Internal) throw;
        sqlite3_collation_needed(connection.handle(), nullptr, stand_in_for_collation);
        run_structure_check(connection, "quick_check", report);
    }
}

void check_foreign_keys(Connection& connection, IntegrityReport& report) {
    Statement check = connection.prepare("PRAGMA foreign_key_check");
    while (check.step()) {
        const std::string row = check.is_null(1) ? "a row" : fmt::format("row {}", check.integer(1));
        add_problem(report, "table " + check.text(0), fmt::format("{} points to a row of {} that is not there", row, check.text(2)));
    }
    report.checks.emplace_back("foreign_key_check");
}

void check_all(OpenDatabase& database, IntegrityReport& report) {
    Connection& connection = database.connection();
    connection.execute("PRAGMA trusted_schema=OFF; BEGIN");   // One snapshot for all checks.
    check_structure(connection, report);
    check_foreign_keys(connection, report);
    connection.execute("ROLLBACK");
}

}  // namespace

IntegrityReport check_database_file(const fs::path& path, bool is_copy, const CancelToken& cancel) {
    IntegrityReport report;
    // Whoever opens the database makes its shared memory anew, so this comes first.
    if (const auto lost = lost_log_of(path)) add_problem(report, "write-ahead log", *lost);
    try {
        OpenDatabase database = is_copy ? OpenDatabase::for_writing(path) : OpenDatabase::for_reading(path);
        const std::stop_callback stop(cancel, [&] { database.connection().interrupt(); });
        check_all(database, report);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Busy) throw;
        add_problem(report, "database", error.message);
    }
    throw_if_cancelled(cancel);
    return report;
}

}  // namespace holdfast
