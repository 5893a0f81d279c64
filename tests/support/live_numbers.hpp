// A live database that grows by one number a transaction, for tests of its log.
#pragma once

#include <map>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

// One table of numbers in a WAL database; the newest one tells which transaction came last.
class LiveNumbers {
public:
    explicit LiveNumbers(const fs::path& path) : connection_(Connection::open(path, OpenMode::ReadWrite)) {
        connection_.execute("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY, text TEXT)");
    }
    // One transaction: one more number.
    void add() {
        ++last_;
        connection_.run("INSERT INTO numbers (n, text) VALUES (?1, ?2)", last_, std::string(200, static_cast<char>('a' + last_ % 26)));
    }
    void add(int count) {
        for (int i = 0; i < count; ++i) add();
    }
    std::int64_t last() const { return last_; }
    Connection& connection() { return connection_; }

    // The newest number in another copy; nothing where the table is not there yet.
    static std::optional<std::int64_t> newest_in(const fs::path& path) {
        Connection copy = Connection::open(path, OpenMode::ReadWrite);
        if (!copy.integer("SELECT 1 FROM sqlite_schema WHERE name = 'numbers'")) return std::nullopt;
        return copy.integer("SELECT coalesce(max(n), 0) FROM numbers");
    }

private:
    Connection connection_;
    std::int64_t last_ = 0;
};

}  // namespace holdfast
