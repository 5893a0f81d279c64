#include "providers/databases/postgres/foreign_keys.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kBrokenMost = 100;

std::string id_of(const TableName& child, const std::string& name) { return sql_of(child) + " " + name; }

std::string each_column(const std::vector<std::string>& columns, std::string_view prefix, std::string_view between, std::string_view behind = "") {
    std::string sql;
    for (const std::string& column : columns) sql += fmt::format("{}{}{}{}", sql.empty() ? "" : between, prefix, quote_name(column), behind);
    return sql;
}

std::string is_pointed_to(const std::vector<std::string>& child, const std::vector<std::string>& parent) {
    std::string sql;
    for (std::size_t i = 0; i < child.size(); ++i) sql += fmt::format("{}p.{} = c.{}", i == 0 ? "" : " AND ", quote_name(parent[i]), quote_name(child[i]));
    return sql;
}

constexpr const char* kOfThisTransaction = "c.xmin = pg_current_xact_id()::xid";

}  // namespace

void ForeignKeys::refresh() {
    const PostgresResult found = connection_.execute(
        "SELECT k.oid, k.conname, cn.nspname, c.relname, pn.nspname, p.relname, ca.attname, pa.attname FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace "
        "CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u(child, parent, place) "
        "JOIN pg_attribute ca ON ca.attrelid = c.oid AND ca.attnum = u.child JOIN pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = u.parent "
        "WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.oid, u.place");
    keys_.clear();
    std::int64_t last = -1;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto text = [&](std::size_t column) { return std::string(found.text(row, column)); };
        if (std::exchange(last, found.integer(row, 0)) != found.integer(row, 0)) {
            keys_.push_back({.name = text(1), .child = {text(2), text(3)}, .parent = {text(4), text(5)}, .child_columns = {}, .parent_columns = {}});
        }
        keys_.back().child_columns.push_back(text(6));
        keys_.back().parent_columns.push_back(text(7));
    }
}

std::uint64_t ForeignKeys::count_broken(const Key& key) {
    const PostgresResult count = connection_.execute(fmt::format("SELECT count(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})", sql_of(key.child),
                                                                 each_column(key.child_columns, "c.", " AND ", " IS NOT NULL"), sql_of(key.parent),
                                                                 is_pointed_to(key.child_columns, key.parent_columns)));
    return static_cast<std::uint64_t>(count.expect(1, 1).integer(0, 0));
}

void ForeignKeys::before_remove(const TableName& table) {
    for (const Key& key : keys_) {
        const std::string id = id_of(key.child, key.name);
        if (key.parent == table && !broken_before_.contains(id)) broken_before_[id] = count_broken(key);
    }
}

void ForeignKeys::add_broken(const Key& key, std::vector<std::string>& broken) {
    const std::string child = sql_of(key.child), parent = sql_of(key.parent), points = is_pointed_to(key.child_columns, key.parent_columns);
    // First what is pointed to is held, so that nobody takes it away between this look and the end of the transaction.
    connection_.execute(fmt::format("SELECT count(*) FROM (SELECT FROM {} p WHERE EXISTS (SELECT FROM {} c WHERE {} AND {}) FOR KEY SHARE OF p) held", parent, child, kOfThisTransaction, points));
    const PostgresResult found = connection_.execute(fmt::format("SELECT concat_ws(', ', {}) FROM {} c WHERE {} AND {} AND NOT EXISTS (SELECT FROM {} p WHERE {}) LIMIT {}",
                                                                 each_column(key.child_columns, "c.", ", ", "::text"), child, kOfThisTransaction,
                                                                 each_column(key.child_columns, "c.", " AND ", " IS NOT NULL"), parent, points, kBrokenMost));
    for (std::size_t row = 0; row < found.rows(); ++row) {
        broken.push_back(fmt::format("{} ({}) = ({}) → {}", to_text(key.child), join(key.child_columns, ", "), printable(found.text(row, 0), 60), to_text(key.parent)));
    }
}

std::vector<std::string> ForeignKeys::newly_broken() {
    std::vector<std::string> broken;
    for (const Key& key : keys_) {
        const auto before = broken_before_.find(id_of(key.child, key.name));
        if (before != broken_before_.end()) {
            const std::uint64_t now = count_broken(key);
            if (now > before->second) broken.push_back(fmt::format("{} of {} → {} ({})", counted(now - before->second, "row"), to_text(key.child), to_text(key.parent), key.name));
        }
        if (filled_.contains(key.child)) add_broken(key, broken);
    }
    return broken;
}

}  // namespace holdfast
