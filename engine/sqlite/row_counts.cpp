#include "engine/sqlite/row_counts.hpp"

#include <charconv>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/sqlite/identifier.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kTablesMax = 1000;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

[[noreturn]] void throw_not_counts(std::string_view text) { throw Error(ErrorCode::Corrupt, fmt::format("{} are no row counts", printable(text, 60))); }

template <typename Number>
Number read_number(std::string_view digits, int base, std::string_view whole) {
    Number number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (problem != std::errc{} || end != digits.data() + digits.size()) throw_not_counts(whole);
    return number;
}

std::string read_name(std::string_view text, std::string_view whole) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            name += text[i];
            continue;
        }
        if (i + 2 >= text.size()) throw_not_counts(whole);
        name += static_cast<char>(read_number<unsigned>(text.substr(i + 1, 2), 16, whole));
        i += 2;
    }
    return name;
}

}  // namespace

std::optional<RowCounts> count_rows(Connection& database) {
    std::vector<std::string> tables;
    {
        // What a virtual table keeps in tables of its own ("search_data" of "search") is none of the rows that people put in.
        Statement row = database.prepare(
            "SELECT name FROM sqlite_schema AS t WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND sql NOT LIKE 'CREATE VIRTUAL%' AND NOT EXISTS "
            "(SELECT 1 FROM sqlite_schema AS v WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL%' AND substr(t.name, 1, length(v.name) + 1) = v.name || '_') ORDER BY name");
        while (row.step()) tables.push_back(row.text(0));
    }
    if (tables.size() > kTablesMax) return std::nullopt;
    RowCounts counts;
    for (const std::string& table : tables) counts[table] = static_cast<std::uint64_t>(database.integer(fmt::format("SELECT count(*) FROM {}", quote_identifier(table))).value_or(0));
    return counts;
}

std::string to_text(const RowCounts& counts) {
    std::string text;
    for (const auto& [table, rows] : counts) {
        if (!text.empty()) text += ' ';
        for (const char c : table) text += is_plain(c) ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
        text += fmt::format("={}", rows);
    }
    return text;
}

RowCounts parse_row_counts(std::string_view text) {
    RowCounts counts;
    for (const std::string& word : split(text, ' ')) {
        if (word.empty()) continue;
        const std::size_t equals = word.rfind('=');
        if (equals == std::string::npos) throw_not_counts(text);
        counts[read_name(std::string_view(word).substr(0, equals), text)] = read_number<std::uint64_t>(std::string_view(word).substr(equals + 1), 10, text);
    }
    return counts;
}

}  // namespace holdfast
