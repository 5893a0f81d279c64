// Writes some rows of a restored copy into a new database of their own, with their tables, indexes and triggers.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct ExtractRequest {
    Place from;
    fs::path to;                       // Nothing may stand there.
    std::vector<std::string> tables;   // Empty: all of them.
    std::string only_where;            // A condition in the database's SQL.
    fs::path mark;                     // Private; tells an earlier attempt's file at `to` from somebody else's.
};
struct ExtractResult {
    std::uint64_t rows = 0, tables = 0, bytes = 0;
    std::vector<std::pair<std::string, std::string>> not_covered;   // Table and why.
};

// The file is made beside under another name and renamed when whole. Throws AlreadyExists, Usage for a table that is not there or a
// condition that cannot be used on one.
ExtractResult extract_rows(const Installation& installation, const ExtractRequest& request, Progress& progress, CancelToken cancel);

}  // namespace holdfast
