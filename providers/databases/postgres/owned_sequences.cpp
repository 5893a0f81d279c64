#include "providers/databases/postgres/owned_sequences.hpp"

#include <algorithm>
#include <span>

#include "engine/base/format.hpp"

namespace holdfast {

std::map<std::string, std::string> OwnedSequences::owned_by(const TableName& table) {
    const std::optional<std::string> name(sql_of(table));
    const PostgresResult found = connection_.query(
        "SELECT a.attname, n.nspname, s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass "
        "AND d.refobjid = $1::regclass AND d.deptype IN ('a', 'i')", std::span(&name, 1));
    std::map<std::string, std::string> owned;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        owned.emplace(found.text(row, 0), sql_of({std::string(found.text(row, 1)), std::string(found.text(row, 2))}));
    }
    return owned;
}

void OwnedSequences::see(const TableName& table, const std::vector<std::string>& columns, const SqlRow& row) {
    auto known = owned_.find(table);
    if (known == owned_.end()) known = owned_.emplace(table, owned_by(table)).first;
    for (const auto& [column, sequence] : known->second) {
        const auto at = static_cast<std::size_t>(std::ranges::find(columns, column) - columns.begin());
        const auto* number = at < row.size() ? std::get_if<std::int64_t>(&row[at]) : nullptr;
        if (number == nullptr) continue;
        const auto [highest, is_new] = highest_.try_emplace(sequence, *number);
        if (!is_new) highest->second = std::max(highest->second, *number);
    }
}

void OwnedSequences::move_on() {
    for (const auto& [sequence, highest] : highest_) {
        const std::string literal = connection_.quoted_literal(sequence);
        const PostgresResult state = connection_.execute(
            fmt::format("SELECT s.last_value, s.is_called, q.seqincrement FROM {} s, pg_sequence q WHERE q.seqrelid = {}::regclass", sequence, literal));
        const std::int64_t step = state.expect(1, 3).integer(0, 2), last = state.integer(0, 0);
        if (step <= 0 || highest < last || (highest == last && state.truth(0, 1))) continue;
        const auto behind = static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(last);
        if (behind > static_cast<std::uint64_t>(kMostNumbers)) continue;
        const std::uint64_t numbers = (behind + static_cast<std::uint64_t>(step) - 1) / static_cast<std::uint64_t>(step) + (state.truth(0, 1) ? 0 : 1);
        connection_.execute(fmt::format("SELECT count(nextval({}::regclass)) FROM generate_series(1, {})", literal, numbers));
    }
}

}  // namespace holdfast
