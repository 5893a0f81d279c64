// Sequences that belong to columns, while rows are put back with the numbers that they had: afterwards none gives one of those out again.
// A sequence is only ever moved on, by taking numbers from it, so others may use it at the same time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/model/row.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/table_name.hpp"

namespace holdfast {

class OwnedSequences {
public:
    // `connection` must outlive it.
    explicit OwnedSequences(PostgresConnection& connection) : connection_(connection) {}

    void see(const TableName& table, const std::vector<std::string>& columns, const SqlRow& row);
    // Of the tables whose rows were seen. One that is farther behind than kMostNumbers is left where it is: numbers like that come
    // from elsewhere.
    void move_on();

    static constexpr std::int64_t kMostNumbers = 20'000'000;

private:
    std::map<std::string, std::string> owned_by(const TableName& table);   // Column → sequence.

    PostgresConnection& connection_;
    std::map<TableName, std::map<std::string, std::string>> owned_;
    std::map<std::string, std::int64_t> highest_;                          // By sequence.
};

}  // namespace holdfast
