#include "engine/cli/style.hpp"

#include "engine/base/check.hpp"
#include "engine/base/format.hpp"

namespace holdfast {

std::string Style::paint(std::string_view code, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    bool in_code = false;
    for (const char letter : text) {
        if (letter == '\x1b') in_code = true;
        const bool continues = (static_cast<unsigned char>(letter) & 0xc0) == 0x80;
        if (!in_code && !continues) ++columns;
        if (in_code && letter == 'm') in_code = false;
    }
    return columns;
}

void Table::add(std::vector<std::string> cells) {
    HOLDFAST_CHECK(cells.size() == columns_.size());
    rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style) const {
    std::vector<std::size_t> widths(columns_.size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], columns_of(row[at]));
    }
    const auto line_of = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t at = 0; at < cells.size(); ++at) {
            if (widths[at] == 0) continue;
            const std::size_t wide = std::max(widths[at], columns_of(columns_[at].title));
            const std::string blanks(wide - columns_of(cells[at]), ' ');
            if (!line.empty()) line += "  ";
            line += columns_[at].align == Align::Right ? blanks + cells[at] : cells[at] + blanks;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        return line + "\n";
    };
    std::vector<std::string> titles;
    bool titled = false;
    for (const Column& column : columns_) {
        titles.push_back(style.faint(column.title));
        titled = titled || !column.title.empty();
    }
    std::string all = titled ? line_of(titles) : "";
    for (const auto& row : rows_) all += line_of(row);
    return all;
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
    std::string all;
    std::size_t at = indent;
    std::size_t begin = 0;
    while (begin < text.size()) {
        if (text[begin] == '\n') {
            all += "\n" + std::string(indent, ' ');
            at = indent;
            ++begin;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        const std::size_t wide = columns_of(word);
        if (at > indent && at + 1 + wide > columns) {
            all += "\n" + std::string(indent, ' ');
            at = indent;
        } else if (at > indent) {
            all += ' ';
            ++at;
        }
        all += word;
        at += wide;
        begin = end < text.size() && text[end] == ' ' ? end + 1 : end;
    }
    return all;
}

}  // namespace holdfast
