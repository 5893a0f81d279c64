#include "providers/databases/sqlite/virtual_table.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

// Splits at commas and removes one pair of parentheses around; quotes of any kind keep what is in them together.
std::vector<std::string> arguments_in(std::string_view text) {
    std::vector<std::string> arguments(1);
    char quote = 0;
    int depth = 0;
    for (const char c : text) {
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'' || c == '`' || c == '[') {
            quote = c == '[' ? ']' : c;
        } else if (c == '(') {
            if (depth++ == 0) continue;
        } else if (c == ')') {
            if (--depth == 0) break;
        } else if (c == ',' && depth == 1) {
            arguments.emplace_back();
            continue;
        }
        arguments.back() += c;
    }
    return arguments;
}

std::string without_quotes(std::string_view text) {
    text = trim(text);
    if (text.size() < 2 || std::string_view("\"'`[").find(text.front()) == std::string_view::npos) return std::string(text);
    const char quote = text.back();
    std::string inner;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        inner += text[i];
        if (text[i] == quote && text[i + 1] == quote) ++i;
    }
    return inner;
}

void read_option(VirtualTable& table, const std::string& argument) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos) return;
    const std::string name = lower_case(trim(std::string_view(argument).substr(0, equals)));
    if (name == "content") table.content = without_quotes(std::string_view(argument).substr(equals + 1));
    if (name == "languageid") table.has_language = true;
    if (name == "compress" || name == "uncompress") table.has_compression = true;
}

// Returns where the word USING ends, outside any quotes.
std::size_t after_using(std::string_view sql) {
    char quote = 0;
    for (std::size_t i = 0; i + 6 < sql.size(); ++i) {
        const char c = sql[i];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'' || c == '`' || c == '[') {
            quote = c == '[' ? ']' : c;
        } else if (std::isspace(static_cast<unsigned char>(c)) != 0 && lower_case(sql.substr(i + 1, 5)) == "using") {
            return i + 6;
        }
    }
    return sql.size();
}

}  // namespace

VirtualTable virtual_table_of(std::string_view create_sql) {
    VirtualTable table;
    const std::string_view rest = trim(create_sql.substr(after_using(create_sql)));
    const auto end = std::ranges::find_if(rest, [](unsigned char c) { return c == '(' || std::isspace(c) != 0; });
    const auto length = static_cast<std::size_t>(end - rest.begin());
    table.module = lower_case(without_quotes(rest.substr(0, length)));
    for (const std::string& argument : arguments_in(rest.substr(length))) read_option(table, argument);
    return table;
}

std::string why_not_covered(const VirtualTable& table) {
    if (!table.is_full_text()) return "virtual table of " + (table.module.empty() ? "an unknown module" : table.module);
    if (table.content && table.content->empty()) return "full-text index that does not keep its text";
    if (table.content) return "full-text index of " + *table.content + ", built anew when rows are put back there";
    if (table.has_language || table.has_compression) return "full-text table with languages or compression of its own";
    return {};
}

}  // namespace holdfast
