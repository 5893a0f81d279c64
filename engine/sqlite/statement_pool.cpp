#include "engine/sqlite/statement_pool.hpp"

#include <sqlite3.h>

#include "engine/base/check.hpp"
#include "engine/sqlite/failure.hpp"

namespace holdfast {
namespace {

// Enough for every statement of a program like ours; beyond it statements are compiled anew.
constexpr std::size_t kIdleMax = 256;

}  // namespace

StatementPool::~StatementPool() {
    for (auto& [sql, statements] : idle_) {
        for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
    }
    // A statement that outlives its connection would keep the file, and its locks, open for ever.
    HOLDFAST_CHECK(sqlite3_close(database_) == SQLITE_OK);
}

sqlite3_stmt* StatementPool::take(const std::string& sql) {
    if (const auto found = idle_.find(sql); found != idle_.end() && !found->second.empty()) {
        sqlite3_stmt* statement = found->second.back();
        found->second.pop_back();
        --idle_count_;
        return statement;
    }
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int result = sqlite3_prepare_v3(database_, sql.c_str(), static_cast<int>(sql.size() + 1), SQLITE_PREPARE_PERSISTENT,
                                          &statement, &rest);
    if (result != SQLITE_OK) throw_sqlite(database_, result, "database " + path_.string());
    HOLDFAST_CHECK(statement != nullptr);
    return statement;
}

void StatementPool::give_back(const std::string& sql, sqlite3_stmt* statement) noexcept {
    sqlite3_reset(statement);   // Its error was reported when the step failed.
    sqlite3_clear_bindings(statement);
    if (idle_count_ >= kIdleMax) {
        sqlite3_finalize(statement);
        return;
    }
    try {
        idle_[sql].push_back(statement);
        ++idle_count_;
    } catch (...) {
        // Out of memory: then it is not kept.
        sqlite3_finalize(statement);
    }
}

}  // namespace holdfast
