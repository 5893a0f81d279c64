#include "providers/databases/postgres/sql_reader.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cursor_portions.hpp"

namespace holdfast {
namespace {

// pg_type.h: the types whose text is taken for something else than a text.
constexpr unsigned kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kFloat4 = 700, kFloat8 = 701, kNumeric = 1700;
constexpr const char* kCursor = "holdfast_answer";

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Bytes bytes_in(std::string_view hex) {
    if (hex.starts_with("\\x")) hex.remove_prefix(2);
    return from_hex(hex).value_or(Bytes(as_bytes(hex).begin(), as_bytes(hex).end()));
}

SqlValue value_of(unsigned type, std::string_view text) {
    switch (type) {
        case kBool: return std::int64_t{text == "t"};
        case kBytea: return bytes_in(text);
        case kInt8: case kInt2: case kInt4: case kOid:
            if (const auto number = number_in<std::int64_t>(text)) return *number;
            break;
        case kNumeric:
            if (const auto number = number_in<std::int64_t>(text)) return *number;
            // 0.00 is no more true than 0 is; every other number keeps its digits.
            if (text.find_first_not_of("0.") == std::string_view::npos) return 0.0;
            break;
        case kFloat4: case kFloat8:
            if (const auto number = number_in<double>(text)) return *number;
            break;
        default: break;
    }
    return std::string(text);
}

// What a statement of the user met, in the words of engine/provider/query.hpp.
[[noreturn]] void fail(const PostgresError& error) {
    const std::string_view state = error.sqlstate;
    const auto is = [&](std::string_view begin) { return state.starts_with(begin); };
    if (is("42P01") || is("42703") || is("3F000") || is("42883")) {
        throw NotInState(ErrorCode::Missing, error.message, "To see what there was: select schemaname, tablename from pg_tables");
    }
    if (is("25006") || is("0A000")) throw Error(ErrorCode::NotPermitted, error.message, "Only statements that read are taken.");
    if (is("42501")) throw Error(ErrorCode::NotPermitted, error.message, error.hint);
    if (is("42601") || is("42P02")) throw Error(ErrorCode::Usage, error.message, "Give one statement that reads: select, values, table or with … select.");
    if (is("42") || is("22") || is("21") || is("P0")) throw Error(ErrorCode::Usage, error.message);
    throw PostgresError(error);
}

class Answer final : public SqlRows {
public:
    explicit Answer(PostgresConnection& connection) : connection_(connection), portions_(connection, kCursor) {
        // None of the rows, but what they consist of: a statement that fails on rows is understood all the same.
        const PostgresResult shape = connection.execute(fmt::format("FETCH FORWARD 0 FROM {}", kCursor));
        for (std::size_t column = 0; column < shape.columns(); ++column) names_.emplace_back(shape.name(column));
    }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() override {
        try {
            connection_.execute("ROLLBACK");
        } catch (const Error&) {
            // A destructor may not throw; the transaction ends with the connection.
        }
    }

    const std::vector<std::string>& columns() const override { return names_; }

    const SqlRow* next() override {
        if (!has_row()) return nullptr;
        const std::size_t at = portions_.take();
        const PostgresResult& portion = portions_.portion();
        row_.clear();
        for (std::size_t column = 0; column < portion.columns(); ++column) {
            if (portion.is_null(at, column)) row_.emplace_back();
            else row_.push_back(value_of(portion.type(column), portion.text(at, column)));
        }
        return &row_;
    }

private:
    bool has_row() {
        try {
            return portions_.has_row();
        } catch (const PostgresError& error) {
            fail(error);
        }
    }

    PostgresConnection& connection_;
    CursorPortions portions_;
    std::vector<std::string> names_;
    SqlRow row_;
};

class PostgresSql final : public SqlReader {
public:
    explicit PostgresSql(PostgresConnection connection) : connection_(std::move(connection)) {
        connection_.execute("SET client_encoding = 'UTF8'; SET timezone = 'UTC'; SET bytea_output = 'hex'; SET row_security = off; SET extra_float_digits = 1; SET jit = off");
    }

    std::unique_ptr<SqlRows> query(const std::string& sql, std::optional<Duration> time_limit) override {
        connection_.execute(fmt::format("SET statement_timeout = {}", time_limit ? std::max<std::int64_t>(1, time_limit->count()) : 0));
        connection_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        try {
            // By the extended protocol, which takes one statement and no more; as a cursor, which only a query can be.
            connection_.query(fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", kCursor, sql), {});
            return std::make_unique<Answer>(connection_);
        } catch (const PostgresError& error) {
            end_transaction();
            fail(error);
        } catch (const Error&) {
            end_transaction();
            throw;
        }
    }

private:
    void end_transaction() {
        try {
            connection_.execute("ROLLBACK");
        } catch (const Error&) {
            // What failed before is what counts; without its connection the transaction is gone too.
        }
    }

    PostgresConnection connection_;
};

}  // namespace

std::unique_ptr<SqlReader> make_postgres_sql(PostgresConnection connection) { return std::make_unique<PostgresSql>(std::move(connection)); }

}  // namespace holdfast
