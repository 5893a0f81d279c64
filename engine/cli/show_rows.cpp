#include "engine/cli/show_rows.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kHeldRows = 500;
constexpr std::size_t kTextColumns = 120;
constexpr std::size_t kBlobColumns = 40;

std::string real_text(double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".eni") == std::string::npos) text += ".0";   // "1.0", as SQLite writes it; not "1e+20", "nan", "inf".
    return text;
}

}  // namespace

RowsText::RowsText(std::ostream& out, const Style& style, const std::vector<std::string>& columns) : out_(out), style_(style) {
    for (const std::string& column : columns) {
        titles_.push_back(printable(column, kBlobColumns));
        widths_.push_back(columns_of(titles_.back()));
    }
    numeric_.assign(columns.size(), true);
}

RowsText::Cell RowsText::cell_of(const SqlValue& value) const {
    if (std::holds_alternative<std::monostate>(value)) return {style_.faint("NULL"), true};
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return {fmt::format("{}", *integer), true};
    if (const auto* real = std::get_if<double>(&value)) return {real_text(*real), true};
    if (const auto* text = std::get_if<std::string>(&value)) return {printable(*text, kTextColumns), false};
    return {for_people(value, kBlobColumns), false};
}

void RowsText::add(const SqlRow& row) {
    std::vector<Cell> cells;
    for (const SqlValue& value : row) cells.push_back(cell_of(value));
    if (titled_) return write_line(cells);
    for (std::size_t at = 0; at < cells.size(); ++at) {
        widths_[at] = std::max(widths_[at], columns_of(cells[at].text));
        numeric_[at] = numeric_[at] && cells[at].is_number;
    }
    held_.push_back(std::move(cells));
    if (held_.size() >= kHeldRows) finish();
}

void RowsText::write_line(const std::vector<Cell>& cells) {
    std::string line;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const std::size_t wide = columns_of(cells[at].text);
        const std::string blanks(wide < widths_[at] ? widths_[at] - wide : 0, ' ');
        if (at > 0) line += "  ";
        line += numeric_[at] ? blanks + cells[at].text : cells[at].text + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << "\n";
}

void RowsText::finish() {
    if (!titled_) {
        std::vector<Cell> titles;
        for (const std::string& title : titles_) titles.push_back({style_.faint(title), true});
        write_line(titles);
        titled_ = true;
    }
    for (const auto& cells : held_) write_line(cells);
    held_.clear();
    out_ << std::flush;
}

}  // namespace holdfast
