// Whether two states of one table can be compared, and on which columns.
#pragma once

#include <string>

#include "engine/provider/rows.hpp"

namespace holdfast {

struct ShapeMatch {
    TableShape shape;          // To read both states with: the older one's columns.
    std::string not_covered;   // Why they cannot be compared; empty: they can.
    std::string note;          // What the user should know: "compared by rowid: the table has no key".
};

ShapeMatch match_shapes(const TableShape& old, const TableShape& now);

// Returns what there is to say about a table's key, or nothing.
std::string note_about_key(const TableShape& shape);

}  // namespace holdfast
