// Reads what a CREATE VIRTUAL TABLE statement says: the module and the options that matter to comparing rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

struct VirtualTable {
    std::string module;                      // In lower case: "fts5".
    std::optional<std::string> content;      // The option content=…, without its quotes; empty: the text is not kept at all.
    bool has_language = false;               // The option languageid= of FTS4: a hidden column.
    bool has_compression = false;            // compress= / uncompress= of FTS4: functions of the user's program.

    bool is_full_text() const { return module == "fts3" || module == "fts4" || module == "fts5"; }
};

VirtualTable virtual_table_of(std::string_view create_sql);

// Returns why the rows of such a table cannot be compared, or nothing where they can: full-text tables with their own content.
std::string why_not_covered(const VirtualTable& table);

}  // namespace holdfast
