#include "providers/databases/sqlite/broken_references.hpp"

#include <algorithm>
#include <functional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kListedMax = 100;

struct BrokenReference {
    std::string text;
    std::uint64_t fingerprint;
};

// A WITHOUT ROWID table has no row number to tell its rows apart; then the count of equal ones does.
BrokenReference reference_in(const Statement& check, const std::string& table) {
    const std::string row = check.is_null(0) ? "a row" : fmt::format("row {}", check.integer(0));
    const std::string text = fmt::format("{} {} → {}", table, row, check.text(1));
    return {text, std::hash<std::string>{}(fmt::format("{}/{}", text, check.integer(2)))};
}

template <typename Take>
void for_each_broken(Connection& connection, const std::string& table, Take&& take) {
    try {
        Statement check = connection.prepare("SELECT rowid, parent, fkid FROM pragma_foreign_key_check(?)");
        check.bind_all(table);
        while (check.step()) take(reference_in(check, table));
    } catch (const Error& error) {
        // A foreign key to columns that are no key ("foreign key mismatch") was never enforced, and a table that is gone
        // refers to nothing.
        if (error.code != ErrorCode::Internal) throw;
    }
}

}  // namespace

BrokenReferences::BrokenReferences(Connection& connection) : connection_(connection) { refresh_tables(); }

void BrokenReferences::refresh_tables() {
    children_.clear();
    Statement query = connection_.prepare(
        "SELECT lower(f.\"table\"), t.name FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'");
    while (query.step()) children_[query.text(0)].insert(query.text(1));
}

void BrokenReferences::take_down(const std::string& table) {
    const auto [place, is_new] = before_.try_emplace(table);
    if (!is_new) return;
    for_each_broken(connection_, table, [&](const BrokenReference& broken) { place->second.push_back(broken.fingerprint); });
    std::ranges::sort(place->second);
}

void BrokenReferences::before_insert(const std::string& table) {
    if (!before_.contains(table)) take_down(table);
}

void BrokenReferences::before_remove(const std::string& table) {
    if (!removed_from_.insert(table).second) return;
    std::string lower = table;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string& child : children_[lower]) take_down(child);
}

std::vector<std::string> BrokenReferences::newly_broken() {
    std::vector<std::string> broken_now;
    for (auto& [table, before] : before_) {
        std::map<std::uint64_t, std::size_t> seen;
        for_each_broken(connection_, table, [&](const BrokenReference& broken) {
            const auto known = std::ranges::equal_range(before, broken.fingerprint);
            if (++seen[broken.fingerprint] > known.size() && broken_now.size() < kListedMax) broken_now.push_back(broken.text);
        });
    }
    return broken_now;
}

}  // namespace holdfast
