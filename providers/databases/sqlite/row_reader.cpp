#include "providers/databases/sqlite/row_reader.hpp"

#include "engine/base/format.hpp"
#include "engine/sqlite/identifier.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"

namespace holdfast {
namespace {

class SqliteRowCursor final : public RowCursor {
public:
    explicit SqliteRowCursor(Statement statement) : statement_(std::move(statement)) {}

    const SqlRow* next() override {
        if (done_ || !statement_.step()) {
            done_ = true;   // A statement that is stepped on after its end would start again.
            return nullptr;
        }
        statement_.read_row_into(row_);
        return &row_;
    }

private:
    Statement statement_;
    SqlRow row_;
    bool done_ = false;
};

// Appends UTF-8 text as UTF-16 bytes. What is no UTF-8 cannot be in a UTF-16 database.
std::string as_utf16(std::string_view text, bool little) {
    std::string bytes;
    const auto unit = [&](std::uint32_t value) {
        const char high = static_cast<char>(value >> 8 & 0xff);
        const char low = static_cast<char>(value & 0xff);
        bytes += little ? low : high;
        bytes += little ? high : low;
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t k = 1; k < length && i + k < text.size(); ++k) point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        i += length;
        if (point < 0x10000) {
            unit(point);
        } else {
            unit(0xd800 + ((point - 0x10000) >> 10));
            unit(0xdc00 + ((point - 0x10000) & 0x3ff));
        }
    }
    return bytes;
}

class SqliteRowReader final : public RowReader {
public:
    explicit SqliteRowReader(const fs::path& path) : database_(OpenDatabase::for_reading(path)) {
        Connection& connection = database_.connection();
        connection.execute("PRAGMA trusted_schema=OFF; BEGIN");
        touch_schema(connection);
        encoding_ = connection.text("PRAGMA encoding").value_or("UTF-8");
    }

    std::vector<TableShape> tables() override { return table_shapes(database_.connection()); }

    std::unique_ptr<RowCursor> rows(const TableShape& table) override {
        std::string order;
        for (const std::size_t column : table.key) {
            const bool is_rowid = table.key_kind == RowKey::RowId;
            order += (order.empty() ? "" : ", ") + column_sql(table, column) + (is_rowid ? "" : " COLLATE BINARY");
        }
        return std::make_unique<SqliteRowCursor>(database_.connection().prepare(
            fmt::format("SELECT {} FROM {} ORDER BY {}", columns_sql(table), quote_identifier(table.name), order)));
    }

    std::strong_ordering compare_keys(const TableShape& table, const SqlRow& a, const SqlRow& b) const override {
        for (const std::size_t column : table.key) {
            const auto order = compare(a[column], b[column]);
            if (order != std::strong_ordering::equal) return order;
        }
        return std::strong_ordering::equal;
    }

private:
    // BINARY compares text by the bytes of the database's own encoding.
    std::strong_ordering compare(const SqlValue& a, const SqlValue& b) const {
        const auto* text_a = std::get_if<std::string>(&a);
        const auto* text_b = std::get_if<std::string>(&b);
        if (encoding_ == "UTF-8" || text_a == nullptr || text_b == nullptr) return compare_values(a, b);
        const bool little = encoding_ == "UTF-16le";
        return compare_values(as_utf16(*text_a, little), as_utf16(*text_b, little));
    }

    OpenDatabase database_;
    std::string encoding_;
};

}  // namespace

std::unique_ptr<RowReader> make_row_reader(const fs::path& path) { return std::make_unique<SqliteRowReader>(path); }

}  // namespace holdfast
