// Compares two states of a database row by row, by streaming both in key order: memory stays bounded
// whatever the number of rows. What differs is spooled to a file, so that a merge puts back exactly what was shown.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct TableDifference {
    std::string table;
    RowKey key_kind = RowKey::Primary;
    bool dropped = false;                 // The table itself is missing in `now`.
    std::uint64_t rows_old = 0, rows_now = 0;
    std::uint64_t missing = 0;            // In old, not in now.
    std::uint64_t extra = 0;              // In now, not in old.
    std::uint64_t changed = 0;            // The same key, other values.
    std::uint64_t unreadable = 0;         // Places in old that were passed over; `note` names them.
    std::vector<SqlRow> sample_missing;   // The first few, for showing.
    std::vector<SqlRow> sample_changed;   // Pairs: old, now, old, now …
    std::vector<std::string> columns;
    std::string note;                     // "compared by rowid: the table has no key".
};

struct Difference {
    Place old, now;
    std::vector<TableDifference> tables;          // Those compared, by name.
    std::vector<std::pair<std::string, std::string>> not_covered;   // Table and why.
    std::uint64_t missing = 0, extra = 0, changed = 0;
    fs::path spool;                               // Missing rows in an order that foreign keys allow; 0600.
    std::string digest;                           // SHA-256 of the spool, hex: what an approval is bound to.
};

struct CompareOptions {
    std::vector<std::string> tables = {};   // Empty: all of them; a name that is in neither database is Error{Usage} with a suggestion.
    std::string only_where = {};            // A condition in the database's SQL; rows of the old state that do not fulfil it are left out.
    bool with_changed = false;              // Rows that are there with other values are spooled too, as they were.
    bool skip_unreadable = false;           // `old` may be damaged: what cannot be read of it is passed over and named.
};

// `spool`'s folder is also where a damaged database's readable rows are kept meanwhile.
Difference compare_rows(const Installation& installation, const Place& old, const Place& now, const CompareOptions& options,
                        const fs::path& spool, Progress& progress, CancelToken cancel);

}  // namespace holdfast
