// What a recovery of deleted orders must bring back: the rows of orders and items. What triggers wrote about the
// deletion elsewhere (audit_log, customers.order_count) is not undone by putting rows back.
#pragma once

#include "engine/base/text.hpp"
#include "tests/support/sample_database.hpp"

namespace holdfast {

inline std::string order_lines(const fs::path& path) {
    std::string kept;
    for (const std::string& line : split(sample_content(path), '\n')) {
        if (line.starts_with("orders ") || line.starts_with("items ")) kept += line + "\n";
    }
    return kept;
}

}  // namespace holdfast
