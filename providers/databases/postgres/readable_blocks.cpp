#include "providers/databases/postgres/readable_blocks.hpp"

#include <optional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kPageBytes = 8192;
constexpr std::size_t kRangesMost = 1000;     // Of a table that is in more pieces than that nothing is taken.
constexpr int kRangeScansSince = 14;          // Before that a condition on ctid reads everything all the same.

struct Blocks {
    std::uint64_t first = 0, end = 0;
};

std::string condition(const Blocks& blocks) { return fmt::format("ctid >= '({},0)'::tid AND ctid < '({},0)'::tid", blocks.first, blocks.end); }

class Search {
public:
    Search(PostgresConnection& connection, const PostgresTable& table, const CancelToken& cancel) : connection_(connection), table_(table), cancel_(cancel) {}

    // What the server complains of when it reads these rows, with all that belongs to them; nothing where it does not.
    std::optional<std::string> complaint(const std::string& where) {
        throw_if_cancelled(cancel_);
        connection_.execute("SAVEPOINT look");
        try {
            connection_.execute(fmt::format("SELECT sum(length(t::text)) FROM {} t{}{}", table_.from_sql(), where.empty() ? "" : " WHERE ", where));
            connection_.execute("RELEASE look");
            return std::nullopt;
        } catch (const PostgresError& error) {
            if (error.code == ErrorCode::Cancelled || error.sqlstate.empty()) throw;   // The connection is gone.
            connection_.execute("ROLLBACK TO look");
            connection_.execute("RELEASE look");
            return error.message;
        }
    }

    // Halves what cannot be read until single blocks are left. False: there are too many pieces.
    bool split(const Blocks& blocks) {
        const auto why = complaint(condition(blocks));
        if (!why) return keep(blocks);
        if (blocks.end - blocks.first == 1) {
            found_.unreadable.push_back(fmt::format("block {}: {}", blocks.first, *why));
            return found_.unreadable.size() <= kRangesMost;
        }
        const std::uint64_t middle = blocks.first + (blocks.end - blocks.first) / 2;
        return split({blocks.first, middle}) && split({middle, blocks.end});
    }

    std::uint64_t blocks() {
        const std::vector<std::optional<std::string>> names{sql_of(table_.name)};
        return static_cast<std::uint64_t>(connection_.query("SELECT pg_catalog.pg_relation_size($1::regclass)", names).integer(0, 0)) / kPageBytes;
    }

    ReadableTable result() {
        std::string parts;
        for (const Blocks& range : ranges_) parts += fmt::format("{}SELECT * FROM {} WHERE {}", parts.empty() ? "" : " UNION ALL ", table_.from_sql(), condition(range));
        found_.none_of_it = parts.empty();
        found_.from_sql = fmt::format("({}) readable", parts);
        return std::move(found_);
    }

private:
    bool keep(const Blocks& blocks) {
        if (!ranges_.empty() && ranges_.back().end == blocks.first) ranges_.back().end = blocks.end;
        else ranges_.push_back(blocks);
        return ranges_.size() <= kRangesMost;
    }

    PostgresConnection& connection_;
    const PostgresTable& table_;
    const CancelToken& cancel_;
    std::vector<Blocks> ranges_;
    ReadableTable found_;
};

ReadableTable nothing_of_it(const std::string& why) { return {.from_sql = {}, .unreadable = {why}, .none_of_it = true}; }

}  // namespace

ReadableTable find_readable(PostgresConnection& connection, const PostgresTable& table, const CancelToken& cancel) {
    Search search(connection, table, cancel);
    const auto why = search.complaint({});
    if (!why) return {};
    if (table.with_children || connection.major() < kRangeScansSince) return nothing_of_it(*why);
    try {
        const std::uint64_t blocks = search.blocks();
        if (blocks == 0 || !search.split({0, blocks})) return nothing_of_it(*why);
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled || error.sqlstate.empty()) throw;
        return nothing_of_it(*why);
    }
    return search.result();
}

}  // namespace holdfast
