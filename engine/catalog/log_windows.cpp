// Which spans of time the log streams cover, as their stores said last.
#include <set>

#include "engine/base/check.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/history.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// The one place that names the columns of `log_window`; put_row and window_in follow this order.
constexpr std::string_view kWindowColumns = "database, stream, store, base, from_at, until_at, transactions, bytes, precision, ended, counted_to";

LogWindow window_in(const Statement& row) {
    return {.database = DatabaseName(row.text(0)),
            .stream = LogStreamId(row.text(1)),
            .store = StoreName(row.text(2)),
            .base = PointId(row.text(3)),
            .from = from_millis(row.integer(4)),
            .until = from_millis(row.integer(5)),
            .transactions = static_cast<std::uint64_t>(row.integer(6)),
            .bytes = static_cast<std::uint64_t>(row.integer(7)),
            .precision = Duration(row.integer(8)),
            .ended = row.text(9),
            .counted_to = static_cast<std::uint64_t>(row.integer(10))};
}

void put_row(Connection& database, const LogWindow& window, std::string_view on_conflict) {
    database.run(fmt::format("INSERT INTO log_window ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (stream, store) "
                             "DO UPDATE SET base = excluded.base, from_at = excluded.from_at, until_at = excluded.until_at, "
                             "transactions = excluded.transactions, bytes = excluded.bytes, precision = excluded.precision, "
                             "counted_to = excluded.counted_to{}",
                             kWindowColumns, on_conflict),
                 window.database.str(), window.stream.str(), window.store.str(), window.base.str(), to_millis(window.from),
                 to_millis(window.until), window.transactions, window.bytes, window.precision.count(), window.ended, window.counted_to);
}

std::vector<LogWindow> read_windows(Connection& database, const std::optional<DatabaseName>& name) {
    Statement row = database.prepare(
        fmt::format("SELECT {} FROM log_window WHERE (?1 IS NULL OR database = ?1) ORDER BY from_at, stream, store", kWindowColumns));
    row.bind(1, name ? std::optional(name->str()) : std::nullopt);
    std::vector<LogWindow> windows;
    while (row.step()) windows.push_back(window_in(row));
    return windows;
}

void drop_row(Connection& database, const LogStreamId& stream, const StoreName& store, Instant now) {
    remember_window_gone(database, stream, store, now);
    database.run("DELETE FROM log_window WHERE stream = ?1 AND store = ?2", stream.str(), store.str());
}

}  // namespace

void Catalog::put_window(const LogWindow& window) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    put_row(state_->database, window, ", ended = excluded.ended");
    remember_window(state_->database, window, state_->clock.now());
    transaction.commit();
}

void Catalog::remove_window(const LogStreamId& stream, const StoreName& store) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    drop_row(state_->database, stream, store, state_->clock.now());
    transaction.commit();
}

std::vector<LogWindow> Catalog::windows(const std::optional<DatabaseName>& database) const {
    const auto lock = state_->lock();
    return read_windows(state_->database, database);
}

void Catalog::replace_windows_of(const StoreName& store, const DatabaseName& database, const std::vector<LogWindow>& windows) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    const Instant now = state_->clock.now();
    std::set<LogStreamId> found;
    for (const LogWindow& window : windows) {
        HOLDFAST_CHECK(window.database == database && window.store == store);
        // Only who watched the stream end knows why it did.
        put_row(state_->database, window, "");
        LogWindow now_known = window;
        now_known.ended = state_->database.text("SELECT ended FROM log_window WHERE stream = ?1 AND store = ?2", window.stream.str(), store.str()).value_or("");
        remember_window(state_->database, now_known, now);
        found.insert(window.stream);
    }
    for (const LogWindow& known : read_windows(state_->database, database)) {
        if (known.store == store && !found.contains(known.stream)) drop_row(state_->database, known.stream, store, now);
    }
    transaction.commit();
}

}  // namespace holdfast
