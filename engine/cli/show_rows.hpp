// Rows of a query as an aligned table, written as they come: the first ones decide how wide the columns are.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "engine/cli/style.hpp"
#include "engine/model/row.hpp"

namespace holdfast {

class RowsText {
public:
    RowsText(std::ostream& out, const Style& style, const std::vector<std::string>& columns);
    void add(const SqlRow& row);
    // Writes what is still held back. Call it at the end, also after a failure.
    void finish();

private:
    struct Cell {
        std::string text;
        bool is_number = false;
    };
    Cell cell_of(const SqlValue& value) const;
    void write_line(const std::vector<Cell>& cells);

    std::ostream& out_;
    const Style& style_;
    std::vector<std::string> titles_;
    std::vector<std::size_t> widths_;
    std::vector<bool> numeric_;             // Nothing but numbers and NULL among the first rows: to the right.
    std::vector<std::vector<Cell>> held_;   // Until the widths are known.
    bool titled_ = false;
};

}  // namespace holdfast
