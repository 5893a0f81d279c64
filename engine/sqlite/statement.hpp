// One prepared statement: bind, step, read columns. Made by Connection::prepare, which keeps the
// compiled form for the next time; must not outlive its connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/model/row.hpp"

struct sqlite3_stmt;

namespace holdfast {

class StatementPool;   // connection.cpp: the compiled statements of one connection.

class Statement {
public:
    Statement(StatementPool& pool, std::string sql);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();   // Gives the compiled form back to the pool.

    // Parameters count from 1. Text and blobs are copied. Return *this for chaining.
    Statement& bind(int parameter, std::nullptr_t);
    Statement& bind(int parameter, double value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, const char* text) { return bind(parameter, std::string_view(text)); }
    Statement& bind(int parameter, const std::string& text) { return bind(parameter, std::string_view(text)); }
    Statement& bind(int parameter, ByteView blob);
    Statement& bind(int parameter, const Bytes& blob) { return bind(parameter, ByteView(blob)); }
    Statement& bind(int parameter, const SqlValue& value);
    template <typename Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
    Statement& bind(int parameter, Integer value) {
        return bind_integer(parameter, static_cast<std::int64_t>(value));
    }
    template <typename T>
    Statement& bind(int parameter, const std::optional<T>& value) {
        return value ? bind(parameter, *value) : bind(parameter, nullptr);
    }
    // Binds all of them, from 1 on.
    template <typename... Values>
    Statement& bind_all(const Values&... values) {
        int parameter = 0;
        (bind(++parameter, values), ...);
        return *this;
    }
    // Binds every value of the row, from `first_parameter` on.
    Statement& bind_row(const SqlRow& row, int first_parameter = 1);

    // Goes to the next row; false at the end, after which the statement is reset (bindings stay).
    bool step();
    // For statements that change something: steps to the end and resets. Rows, if any, are dropped.
    void run();
    // Back to before the first row; bindings stay.
    void reset();

    // Columns of the current row count from 0. NULL reads as 0, 0.0, "" and no bytes.
    int columns() const;
    std::string column_name(int column) const;
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const;
    SqlValue value(int column) const;       // With its storage class exactly.
    std::optional<std::int64_t> integer_or_null(int column) const;
    std::optional<std::string> text_or_null(int column) const;
    // Fills `row` with columns [first_column, columns()); keeps its storage.
    void read_row_into(SqlRow& row, int first_column = 0) const;

    sqlite3_stmt* handle() const { return statement_; }

private:
    Statement& bind_integer(int parameter, std::int64_t value);
    void require(int result, std::string_view doing) const;

    StatementPool* pool_;
    std::string sql_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace holdfast
