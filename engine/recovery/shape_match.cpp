#include "engine/recovery/shape_match.hpp"

#include <algorithm>

#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::vector<std::string> key_names(const TableShape& shape) {
    std::vector<std::string> names;
    for (const std::size_t column : shape.key) names.push_back(shape.columns[column]);
    return names;
}

bool has_column(const TableShape& shape, const std::string& name) { return std::ranges::find(shape.columns, name) != shape.columns.end(); }

// One state has a usable key, the other not (a NULL came into it): both have row numbers, if the columns are otherwise the same.
bool can_use_row_numbers(const TableShape& keyed, const TableShape& numbered) {
    return std::ranges::equal(keyed.columns, std::span(numbered.columns).subspan(1));
}

}  // namespace

std::string note_about_key(const TableShape& shape) {
    return shape.key_kind == RowKey::RowId ? "compared by row number: the table has no key of its own" : "";
}

ShapeMatch match_shapes(const TableShape& old, const TableShape& now) {
    ShapeMatch match{.shape = old, .not_covered = {}, .note = {}};
    match.not_covered = old.not_covered.empty() ? now.not_covered : old.not_covered;
    if (!match.not_covered.empty()) return match;
    if (old.key_kind != now.key_kind) {
        const bool old_is_keyed = old.key_kind == RowKey::Primary;
        if (!can_use_row_numbers(old_is_keyed ? old : now, old_is_keyed ? now : old)) {
            match.not_covered = "its key is another one now";
            return match;
        }
        if (old_is_keyed) match.shape.columns = now.columns, match.shape.key = now.key, match.shape.key_kind = now.key_kind;
    } else if (key_names(old) != key_names(now)) {
        match.not_covered = "its key is another one now";
        return match;
    }
    if (old.key_order != now.key_order) {
        match.not_covered = "its key is of another type now: " + now.key_order + ", and was " + old.key_order;
        return match;
    }
    std::vector<std::string> gone;
    std::vector<std::string> added;
    for (const std::string& column : match.shape.columns) {
        const bool is_row_number = match.shape.key_kind == RowKey::RowId && &column == &match.shape.columns.front();
        if (!is_row_number && !has_column(now, column)) gone.push_back(column);
    }
    for (const std::string& column : now.columns) {
        if (!has_column(match.shape, column) && !(now.key_kind == RowKey::RowId && &column == &now.columns.front())) added.push_back(column);
    }
    if (!gone.empty()) match.not_covered = "it has lost the column " + join(gone, ", ") + " since";
    match.note = note_about_key(match.shape);
    if (!added.empty()) match.note += (match.note.empty() ? "" : "; ") + std::string("not compared, as it is new: column ") + join(added, ", ");
    return match;
}

}  // namespace holdfast
