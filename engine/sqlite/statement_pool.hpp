// The compiled statements of one connection, and the connection itself. Private to this folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/file.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace holdfast {

class StatementPool {
public:
    StatementPool(sqlite3* database, fs::path path) : database_(database), path_(std::move(path)) {}
    StatementPool(const StatementPool&) = delete;
    StatementPool& operator=(const StatementPool&) = delete;
    ~StatementPool();

    sqlite3_stmt* take(const std::string& sql);                            // Compiles where none is idle.
    void give_back(const std::string& sql, sqlite3_stmt* statement) noexcept;
    sqlite3* database() const { return database_; }
    const fs::path& path() const { return path_; }

private:
    sqlite3* database_;
    fs::path path_;
    std::map<std::string, std::vector<sqlite3_stmt*>> idle_;
    std::size_t idle_count_ = 0;
};

}  // namespace holdfast
