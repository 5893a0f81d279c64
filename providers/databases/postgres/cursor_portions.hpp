// The rows of a cursor, fetched in portions of about a megabyte: the server's answer is what takes memory.
#pragma once

#include <string>

#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

class CursorPortions {
public:
    // `name` as it stands in SQL; the cursor is declared. The connection must outlive this.
    CursorPortions(PostgresConnection& connection, std::string name) : connection_(connection), name_(std::move(name)) {}

    // Fetches where nothing is left of the portion; false at the end.
    bool has_row();
    // Requires: has_row() was true. The row that comes next, and on to the one behind it.
    std::size_t take() { return at_++; }
    const PostgresResult& portion() const { return portion_; }   // With no rows before the first has_row().

private:
    PostgresConnection& connection_;
    std::string name_;
    PostgresResult portion_;
    std::size_t at_ = 0, rows_ = 0, wanted_ = 64;
    bool at_end_ = false;
};

}  // namespace holdfast
