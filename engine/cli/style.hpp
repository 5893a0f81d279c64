// How text looks: colour only where somebody sees it, columns that line up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Without colour every function returns its text unchanged.
class Style {
public:
    explicit Style(bool colour = false) : colour_(colour) {}
    std::string strong(std::string_view text) const { return paint("1", text); }
    std::string faint(std::string_view text) const { return paint("2", text); }
    std::string good(std::string_view text) const { return paint("32", text); }
    std::string bad(std::string_view text) const { return paint("1;31", text); }
    std::string doubtful(std::string_view text) const { return paint("33", text); }

private:
    std::string paint(std::string_view code, std::string_view text) const;
    bool colour_;
};

// Columns on a terminal, counted in characters: UTF-8 continuation bytes and colour codes take none.
std::size_t columns_of(std::string_view text);

// Lines of cells, padded so that they line up. Empty columns are left out.
class Table {
public:
    enum class Align { Left, Right };
    struct Column {
        std::string title;
        Align align = Align::Left;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    // Requires as many cells as there are columns.
    void add(std::vector<std::string> cells);
    bool empty() const { return rows_.empty(); }
    // Returns all lines, each ended by a line break and without blanks at its end.
    std::string text(const Style& style) const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// Breaks text at blanks so that no line is longer than `columns`; every line but the first begins with `indent` blanks.
// Line breaks in the text stay.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace holdfast
