// The rows that a statement yields, one after the other.
#pragma once

#include "engine/provider/rows.hpp"
#include "engine/sqlite/statement.hpp"

namespace holdfast {

class StatementCursor final : public RowCursor {
public:
    explicit StatementCursor(Statement statement) : statement_(std::move(statement)) {}

    const SqlRow* next() override {
        if (done_ || !statement_.step()) {
            done_ = true;   // A statement that is stepped on after its end would start again.
            return nullptr;
        }
        statement_.read_row_into(row_);
        return &row_;
    }

private:
    Statement statement_;
    SqlRow row_;
    bool done_ = false;
};

}  // namespace holdfast
