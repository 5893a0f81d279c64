#include "engine/sqlite/transaction.hpp"

#include "engine/base/error.hpp"
#include "engine/base/log.hpp"

namespace holdfast {

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
    connection_.execute(kind == Kind::Immediate ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        rollback();
    } catch (const Error& error) {
        // A destructor may not throw; SQLite rolls back when the connection closes, at the latest.
        log_warning("roll back: {}", error.message);
    }
}

void Transaction::commit() {
    connection_.execute("COMMIT");
    open_ = false;
}

void Transaction::rollback() {
    open_ = false;
    // After some errors (disk full, I/O) SQLite has rolled back by itself.
    if (connection_.in_transaction()) connection_.execute("ROLLBACK");
}

}  // namespace holdfast
