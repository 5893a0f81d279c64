#include "engine/sqlite/statement.hpp"

#include <sqlite3.h>

#include "engine/sqlite/failure.hpp"
#include "engine/sqlite/statement_pool.hpp"

namespace holdfast {

Statement::Statement(StatementPool& pool, std::string sql) : pool_(&pool), sql_(std::move(sql)), statement_(pool.take(sql_)) {}

Statement::Statement(Statement&& other) noexcept
    : pool_(other.pool_), sql_(std::move(other.sql_)), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
    if (statement_ != nullptr) pool_->give_back(sql_, statement_);
}

void Statement::require(int result, std::string_view doing) const {
    if (result == SQLITE_OK) return;
    throw_sqlite(pool_->database(), result, std::string(doing) + " " + pool_->path().string());
}

Statement& Statement::bind(int parameter, std::nullptr_t) {
    require(sqlite3_bind_null(statement_, parameter), "bind for");
    return *this;
}

Statement& Statement::bind(int parameter, double value) {
    require(sqlite3_bind_double(statement_, parameter, value), "bind for");
    return *this;
}

Statement& Statement::bind_integer(int parameter, std::int64_t value) {
    require(sqlite3_bind_int64(statement_, parameter, value), "bind for");
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    // SQLite binds NULL for a null pointer; an empty text is not NULL.
    const char* start = text.data() == nullptr ? "" : text.data();
    require(sqlite3_bind_text64(statement_, parameter, start, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8), "bind for");
    return *this;
}

Statement& Statement::bind(int parameter, ByteView blob) {
    const void* start = blob.data() == nullptr ? static_cast<const void*>("") : blob.data();
    require(sqlite3_bind_blob64(statement_, parameter, start, blob.size(), SQLITE_TRANSIENT), "bind for");
    return *this;
}

Statement& Statement::bind(int parameter, const SqlValue& value) {
    return std::visit([&](const auto& held) -> Statement& {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
            return bind(parameter, nullptr);
        } else {
            return bind(parameter, held);
        }
    }, value);
}

Statement& Statement::bind_row(const SqlRow& row, int first_parameter) {
    for (const SqlValue& value : row) bind(first_parameter++, value);
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) {
        sqlite3_reset(statement_);
        return false;
    }
    // The text of the failure is gone after the reset, so the error is made first.
    try {
        throw_sqlite(pool_->database(), result, "database " + pool_->path().string());
    } catch (const Error&) {
        sqlite3_reset(statement_);
        throw;
    }
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::reset() { sqlite3_reset(statement_); }

int Statement::columns() const { return sqlite3_column_count(statement_); }

std::string Statement::column_name(int column) const { return sqlite3_column_name(statement_, column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Statement::text(int column) const {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return start == nullptr ? std::string() : std::string(start, size);
}

Bytes Statement::blob(int column) const {
    const auto* start = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return start == nullptr ? Bytes() : Bytes(start, start + size);
}

SqlValue Statement::value(int column) const {
    switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_INTEGER: return integer(column);
        case SQLITE_FLOAT: return real(column);
        case SQLITE_TEXT: return text(column);
        case SQLITE_BLOB: return blob(column);
        default: return std::monostate{};
    }
}

std::optional<std::int64_t> Statement::integer_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Statement::text_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

void Statement::read_row_into(SqlRow& row, int first_column) const {
    row.resize(static_cast<std::size_t>(columns() - first_column));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = value(first_column + static_cast<int>(i));
}

}  // namespace holdfast
