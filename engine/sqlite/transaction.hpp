// One transaction: begun on construction, rolled back on destruction unless committed.
#pragma once

#include "engine/sqlite/connection.hpp"

namespace holdfast {

class Transaction {
public:
    enum class Kind : std::uint8_t { Deferred, Immediate };   // Immediate: takes the write lock now or throws Busy.

    explicit Transaction(Connection& connection, Kind kind = Kind::Immediate);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    void commit();     // Throws what made it fail; then the destructor rolls back.
    void rollback();

private:
    Connection& connection_;
    bool open_ = true;
};

}  // namespace holdfast
