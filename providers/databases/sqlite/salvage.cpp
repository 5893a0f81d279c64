#include "providers/databases/sqlite/salvage.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/key_order.hpp"
#include "providers/databases/sqlite/readable_database.hpp"
#include "providers/databases/sqlite/row_cursor.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"
#include "providers/databases/sqlite/stray_pages.hpp"
#include "providers/databases/sqlite/table_scan.hpp"

namespace holdfast {
namespace {

// A table of the scratch database: values as they are, in key order.
std::string scratch_table(std::size_t number) { return fmt::format("rows_{}", number); }

std::string key_columns(const TableShape& table) {
    std::string sql;
    for (const std::size_t column : table.key) sql += fmt::format("{}c{}", sql.empty() ? "" : ", ", column);
    return sql;
}

std::string create_sql(const TableShape& table, std::size_t number) {
    std::string columns;
    for (std::size_t i = 0; i < table.columns.size(); ++i) columns += fmt::format("c{}, ", i);
    return fmt::format("CREATE TABLE {} ({}PRIMARY KEY ({})) WITHOUT ROWID", scratch_table(number), columns, key_columns(table));
}

std::string insert_sql(const TableShape& table, std::size_t number) {
    std::string values;
    for (std::size_t i = 0; i < table.columns.size(); ++i) values += i == 0 ? "?" : ", ?";
    return fmt::format("INSERT OR IGNORE INTO {} VALUES ({})", scratch_table(number), values);
}

class SalvagedRows final : public RowReader {
public:
    SalvagedRows(const fs::path& damaged, const fs::path& sound, const fs::path& folder, const CancelToken& cancel)
        : scratch_(Connection::open(folder / "rows.db", OpenMode::Create)), cancel_(cancel) {
        scratch_.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536");
        ReadableDatabase database = ReadableDatabase::open(damaged, sound, folder);
        unreadable_ = database.unreadable();
        if (!database.is_open()) return;
        const std::stop_callback stop(cancel, [&] { database.connection().interrupt(); });
        encoding_ = database.connection().text("PRAGMA encoding").value_or("UTF-8");
        scratch_.execute(fmt::format("PRAGMA encoding={}", quote_literal(encoding_)));
        for (TableShape& shape : database.shapes()) take_table(database, std::move(shape));
        if (!damaged_.empty()) take_strays(database);
        throw_if_cancelled(cancel);
    }

    std::vector<TableShape> tables() override { return shapes_; }

    std::unique_ptr<RowCursor> rows(const TableShape& table) override {
        const std::size_t number = number_of(table.name);
        const TableShape& stored = shapes_.at(number);
        std::string columns;
        for (const std::string& column : table.columns) columns += fmt::format("{}c{}", columns.empty() ? "" : ", ", place_of(stored, column));
        return std::make_unique<StatementCursor>(
            scratch_.prepare(fmt::format("SELECT {} FROM {} ORDER BY {}", columns, scratch_table(number), key_columns(stored))));
    }

    std::strong_ordering compare_keys(const TableShape& table, const SqlRow& a, const SqlRow& b) const override {
        return compare_in_key_order(table, a, b, encoding_);
    }

    std::vector<UnreadablePart> unreadable() const override { return unreadable_; }

private:
    void take_table(ReadableDatabase& database, TableShape shape) {
        throw_if_cancelled(cancel_);
        if (shape.not_covered.empty()) {
            const std::size_t number = shapes_.size();
            scratch_.execute(create_sql(shape, number));
            scratch_.execute("BEGIN");
            Statement insert = scratch_.prepare(insert_sql(shape, number));
            const auto put = [&](const SqlRow& row) {
                insert.bind_row(row).run();
                return scratch_.changes() > 0;
            };
            std::vector<std::string> gaps = scan_table(database.connection(), shape, put, cancel_);
            if (!gaps.empty()) damaged_.push_back(shape);
            for (std::string& gap : gaps) unreadable_.push_back({shape.name, std::move(gap)});
            insert.reset();
            scratch_.execute("COMMIT");
        }
        shapes_.push_back(std::move(shape));
    }

    // Rows on pages that nothing leads to any more. Such a page may also be one whose rows had been deleted, where the list of
    // free pages is damaged; so it is said.
    void take_strays(ReadableDatabase& database) {
        std::vector<StrayRows> strays;
        try {
            const std::vector<StrayPage> pages = find_stray_pages(database.connection(), database.file(), cancel_);
            strays = guess_owners(database.connection(), damaged_, pages);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::NotADatabase && error.code != ErrorCode::Io) throw;
            unreadable_.push_back({"", fmt::format("pages that nothing leads to were not looked for: {}", printable(error.message, 200))});
        }
        for (const StrayRows& rows : strays) {
            const std::size_t number = number_of(rows.table.name);
            scratch_.execute("BEGIN");
            Statement insert = scratch_.prepare(insert_sql(rows.table, number));
            std::uint64_t found = 0;
            read_stray_rows(database.connection(), database.file(), rows, [&](const SqlRow& row) {
                insert.bind_row(row).run();
                if (scratch_.changes() > 0) ++found;
            }, cancel_);
            insert.reset();
            scratch_.execute("COMMIT");
            if (found == 0) continue;
            unreadable_.push_back({rows.table.name, fmt::format("a guess: {} on {} that nothing leads to any more, by their columns this table's; some may have been deleted before",
                                                               counted(found, "row"), counted(rows.pages.size(), "page"))});
        }
    }

    std::size_t number_of(const std::string& name) const {
        const auto found = std::ranges::find(shapes_, name, &TableShape::name);
        if (found == shapes_.end()) throw Error(ErrorCode::Internal, "no such table in what was salvaged: " + name);
        return static_cast<std::size_t>(found - shapes_.begin());
    }

    // Another state of the table may name its row number instead of a key, or leave columns out.
    static std::size_t place_of(const TableShape& stored, const std::string& column) {
        const auto found = std::ranges::find(stored.columns, column);
        if (found == stored.columns.end()) throw Error(ErrorCode::Corrupt, fmt::format("table {} has no column {}", stored.name, printable(column)));
        return static_cast<std::size_t>(found - stored.columns.begin());
    }

    Connection scratch_;
    CancelToken cancel_;
    std::string encoding_ = "UTF-8";
    std::vector<TableShape> shapes_, damaged_;
    std::vector<UnreadablePart> unreadable_;
};

}  // namespace

std::unique_ptr<RowReader> read_salvaged_rows(const fs::path& damaged, const fs::path& sound, const fs::path& scratch, const CancelToken& cancel) {
    return std::make_unique<SalvagedRows>(damaged, sound, scratch, cancel);
}

}  // namespace holdfast
