#include "providers/databases/postgres/result.hpp"

#include <libpq-fe.h>

#include <charconv>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

[[noreturn]] void fail_unexpected(std::string_view text, std::string_view wanted) {
    throw Error(ErrorCode::Corrupt, fmt::format("the server sent {} where {} was expected", printable(text, 60), wanted),
                "Is it a PostgreSQL server of version 13 to 18?");
}

}  // namespace

void PostgresResult::Clear::operator()(pg_result* result) const { PQclear(result); }

PostgresResult::PostgresResult(pg_result* result) : result_(result) {}

PostgresResult::Kind PostgresResult::kind() const {
    if (!result_) return Kind::None;
    switch (PQresultStatus(result_.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_SINGLE_TUPLE: return Kind::Rows;
        case PGRES_COPY_IN: return Kind::CopyIn;
        case PGRES_COPY_OUT: return Kind::CopyOut;
        case PGRES_COPY_BOTH: return Kind::CopyBoth;
        default: return Kind::Command;
    }
}

std::size_t PostgresResult::rows() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
std::size_t PostgresResult::columns() const { return static_cast<std::size_t>(PQnfields(result_.get())); }
std::string_view PostgresResult::name(std::size_t column) const { return PQfname(result_.get(), static_cast<int>(column)); }

unsigned PostgresResult::type(std::size_t column) const { return PQftype(result_.get(), static_cast<int>(column)); }

bool PostgresResult::is_null(std::size_t row, std::size_t column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
}

std::string_view PostgresResult::text(std::size_t row, std::size_t column) const {
    HOLDFAST_CHECK(row < rows() && column < columns());
    return {PQgetvalue(result_.get(), static_cast<int>(row), static_cast<int>(column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), static_cast<int>(row), static_cast<int>(column)))};
}

std::optional<std::string> PostgresResult::text_or_null(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::nullopt : std::optional<std::string>(text(row, column));
}

std::int64_t PostgresResult::integer(std::size_t row, std::size_t column) const {
    const std::string_view shown = text(row, column);
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(shown.data(), shown.data() + shown.size(), value);
    if (fault != std::errc() || end != shown.data() + shown.size()) fail_unexpected(shown, "a number");
    return value;
}

bool PostgresResult::truth(std::size_t row, std::size_t column) const {
    const std::string_view shown = text(row, column);
    if (shown != "t" && shown != "f") fail_unexpected(shown, "true or false");
    return shown == "t";
}

Lsn PostgresResult::lsn(std::size_t row, std::size_t column) const {
    const auto parsed = parse_lsn(text(row, column));
    if (!parsed) fail_unexpected(text(row, column), "a place in the write-ahead log");
    return *parsed;
}

const PostgresResult& PostgresResult::expect(std::size_t least_rows, std::size_t least_columns) const {
    if (kind() != Kind::Rows || rows() < least_rows || columns() < least_columns) {
        fail_unexpected(fmt::format("{} rows of {} columns", result_ ? rows() : 0, result_ ? columns() : 0),
                        fmt::format("{} of {}", least_rows, least_columns));
    }
    return *this;
}

}  // namespace holdfast
