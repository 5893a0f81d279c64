#include "providers/databases/sqlite/table_scan.hpp"

#include <limits>
#include <optional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"

namespace holdfast {
namespace {

using RowNumber = std::int64_t;

constexpr RowNumber kFirst = std::numeric_limits<RowNumber>::min();
constexpr RowNumber kLast = std::numeric_limits<RowNumber>::max();
constexpr RowNumber kNextDoorTries = 4096;   // One by one behind a bad page; a page holds fewer rows than that as a rule.
constexpr int kGapsMax = 10'000;             // A table with more is given up: its tree itself is damaged.
constexpr std::size_t kGapsNamedMax = 20;
constexpr std::uint64_t kRowsPerCheck = 4096;
constexpr int kSeenBeforeMax = 1000;         // So many known rows in a row: both ends have met, or it goes in circles.

bool is_damage(const Error& error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::NotADatabase || error.code == ErrorCode::Io; }

class Gaps {
public:
    void add(std::string gap) {
        ++count_;
        if (named_.size() < kGapsNamedMax) named_.push_back(std::move(gap));
    }
    int count() const { return count_; }
    std::vector<std::string> take() {
        if (static_cast<std::size_t>(count_) > named_.size()) named_.push_back(fmt::format("and {} more places", format_count(static_cast<std::uint64_t>(count_) - named_.size())));
        return std::move(named_);
    }

private:
    int count_ = 0;
    std::vector<std::string> named_;
};

// Tables with row numbers.
class NumberedScan {
public:
    NumberedScan(Connection& connection, const TableShape& table, std::string number, const TakeRow& take, const CancelToken& cancel)
        : rows_(connection.prepare(fmt::format("SELECT {0}, {1} FROM {2} NOT INDEXED WHERE {0} >= ? ORDER BY {0}", number, columns_sql(table), quote_identifier(table.name)))),
          probe_(connection.prepare(fmt::format("SELECT {0} FROM {1} NOT INDEXED WHERE {0} >= ? ORDER BY {0} LIMIT 1", number, quote_identifier(table.name)))),
          take_(take), cancel_(cancel) {}

    std::vector<std::string> run() {
        RowNumber from = kFirst;
        while (true) {
            const std::string why = read_from(from);
            if (why.empty()) return gaps_.take();
            const auto next = last_ == kLast ? std::nullopt : next_readable(last_ == kFirst && !any_ ? kFirst : last_ + 1);
            note_gap(next, why);
            if (!next || gaps_.count() >= kGapsMax) return gaps_.take();
            from = *next;
        }
    }

private:
    // Returns why it had to stop; empty at the end of the table.
    std::string read_from(RowNumber from) {
        try {
            rows_.bind_all(from);
            while (rows_.step()) {
                if (++count_ % kRowsPerCheck == 0) throw_if_cancelled(cancel_);
                const RowNumber number = rows_.integer(0);
                if (any_ && number <= last_) throw Error(ErrorCode::Corrupt, "row numbers do not go up");
                rows_.read_row_into(row_, 1);
                take_(row_);
                last_ = number;
                any_ = true;
            }
            return {};
        } catch (const Error& error) {
            if (!is_damage(error)) throw;
            rows_.reset();
            return error.message;
        }
    }

    // The row number that a search from `from` arrives at; nothing where it ends in damage, kLast where there are no more rows.
    std::optional<RowNumber> arrives_at(RowNumber from) {
        throw_if_cancelled(cancel_);
        try {
            probe_.bind_all(from);
            const RowNumber number = probe_.step() ? probe_.integer(0) : kLast;
            probe_.reset();
            return number;
        } catch (const Error& error) {
            if (!is_damage(error)) throw;
            probe_.reset();
            return std::nullopt;
        }
    }

    // The lowest row number from `from` on that can be reached, as far as bounded trying finds it.
    std::optional<RowNumber> next_readable(RowNumber from) {
        RowNumber bad = from;
        if (from == kFirst) {   // The very first page: try around zero, where row numbers begin.
            for (const RowNumber start : {RowNumber{-1'000'000'000}, RowNumber{0}, RowNumber{1}}) {
                if (const auto found = arrives_at(start)) return found;
                bad = start;
            }
        }
        for (RowNumber tried = 0; tried < kNextDoorTries && bad < kLast; ++tried, ++bad) {
            if (const auto found = arrives_at(bad)) return found;
        }
        for (RowNumber step = 1; bad < kLast;) {
            const RowNumber to = bad > kLast - step ? kLast : bad + step;
            if (arrives_at(to)) return lowest_between(bad, to);
            bad = to;
            step = step > kLast / 2 ? kLast : step * 2;
        }
        return std::nullopt;
    }

    std::optional<RowNumber> lowest_between(RowNumber bad, RowNumber good) {
        while (good - bad > 1) {
            const RowNumber middle = bad + (good - bad) / 2;
            (arrives_at(middle) ? good : bad) = middle;
        }
        return arrives_at(good);
    }

    void note_gap(std::optional<RowNumber> next, const std::string& why) {
        const std::string after = any_ ? fmt::format("after row {}", last_) : "from the first row on";
        const std::string before = next && *next != kLast ? fmt::format(" and before row {}", *next) : "";
        gaps_.add(fmt::format("unreadable {}{}: {}", after, before, printable(why, 160)));
    }

    Statement rows_, probe_;
    const TakeRow& take_;
    const CancelToken& cancel_;
    SqlRow row_;
    RowNumber last_ = kFirst;
    bool any_ = false;
    std::uint64_t count_ = 0;
    Gaps gaps_;
};

std::string order_sql(const TableShape& table, bool upwards) {
    std::string order;
    for (const std::size_t column : table.key) order += fmt::format("{}{}{}", order.empty() ? " ORDER BY " : ", ", column_sql(table, column), upwards ? "" : " DESC");
    return order;
}

// Reads one way until the end or the damage. Returns why it had to stop.
std::string read_one_way(Connection& connection, const TableShape& table, const std::string& order, const TakeRow& take, const CancelToken& cancel) {
    std::optional<SqlRow> last;
    try {
        Statement rows = connection.prepare(fmt::format("SELECT {} FROM {}{}", columns_sql(table), quote_identifier(table.name), order));
        SqlRow row;
        std::uint64_t count = 0;
        int seen_before = 0;
        while (rows.step()) {
            if (++count % kRowsPerCheck == 0) throw_if_cancelled(cancel);
            rows.read_row_into(row);
            seen_before = take(row) ? 0 : seen_before + 1;
            if (seen_before >= kSeenBeforeMax) return "the same rows come again";
            last = row;
        }
        return {};
    } catch (const Error& error) {
        if (!is_damage(error)) throw;
        return last ? fmt::format("behind the row with {} {}: {}", table.columns[table.key.front()], for_people((*last)[table.key.front()], 40), error.message)
                    : error.message;
    }
}

std::vector<std::string> scan_by_key(Connection& connection, const TableShape& table, const TakeRow& take, const CancelToken& cancel) {
    const std::string upwards = read_one_way(connection, table, order_sql(table, true), take, cancel);
    if (upwards.empty()) return {};
    const std::string downwards = read_one_way(connection, table, order_sql(table, false), take, cancel);
    std::string gap = "unreadable upwards " + printable(upwards, 160);
    if (!downwards.empty()) gap += ", downwards " + printable(downwards, 160);
    return {gap};
}

// Nothing for a table without row numbers, or one whose columns hide them.
std::optional<std::string> row_number_of(Connection& connection, const TableShape& table) {
    if (table.key_kind == RowKey::RowId) return table.columns.front();
    if (connection.integer("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", table.name).value_or(1) != 0) return std::nullopt;
    for (const char* name : {"rowid", "_rowid_", "oid"}) {
        const bool hidden = connection.integer("SELECT count(*) FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE", table.name, name).value_or(0) != 0;
        if (!hidden) return name;
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> scan_table(Connection& connection, const TableShape& table, const TakeRow& take, const CancelToken& cancel) {
    try {
        if (const auto number = row_number_of(connection, table)) return NumberedScan(connection, table, *number, take, cancel).run();
        return scan_by_key(connection, table, take, cancel);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Internal && !is_damage(error)) throw;
        return {fmt::format("unreadable as a whole: {}", printable(error.message, 160))};
    }
}

}  // namespace holdfast
