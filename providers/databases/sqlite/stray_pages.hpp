// The pages with rows that no tree leads to any more, because a page above them is damaged: whose they are is a guess.
//
// Every page of the file is looked at. One that holds rows of a table with row numbers, is on no list of free pages and cannot be
// reached from any root is a stray; it is taken for the one damaged table whose columns its rows fit, and for none where several
// do. SQLite reads the rows, from the file as it would be with the strays below that table's root.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/provider/rows.hpp"
#include "engine/sqlite/connection.hpp"

namespace holdfast {

// Beginnings and ends of the record of one page's rows.
struct StrayPage {
    std::uint32_t number = 0;                  // From 1.
    std::int64_t first_row = 0, last_row = 0;
    std::size_t columns_most = 0;
    std::vector<std::uint8_t> kinds;           // By column: a bit each for what occurs, 1 NULL, 2 integer, 4 real, 8 text, 16 blob.
};

// `file` is what the connection has open; what is only in its log is not looked at. Damage makes fewer strays, never an error.
std::vector<StrayPage> find_stray_pages(Connection& connection, const File& file, const CancelToken& cancel);

struct StrayRows {
    TableShape table;
    std::vector<StrayPage> pages;
};
// The pages that fit one of `damaged` and no other.
std::vector<StrayRows> guess_owners(Connection& connection, const std::vector<TableShape>& damaged, const std::vector<StrayPage>& pages);

// Calls `take` for each row on these pages that can be read.
void read_stray_rows(Connection& connection, const File& file, const StrayRows& rows, const std::function<void(const SqlRow&)>& take, const CancelToken& cancel);

}  // namespace holdfast
