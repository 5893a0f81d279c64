// What one statement gave: rows of text, or that a copy begins.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/lsn.hpp"

struct pg_result;

namespace holdfast {

class PostgresResult {
public:
    enum class Kind : std::uint8_t { None, Rows, Command, CopyIn, CopyOut, CopyBoth };

    PostgresResult() = default;
    explicit PostgresResult(pg_result* result);   // Takes it; nullptr: None.

    Kind kind() const;
    std::size_t rows() const;
    std::size_t columns() const;
    std::string_view name(std::size_t column) const;
    unsigned type(std::size_t column) const;   // The number of its type, as in pg_type.
    bool is_null(std::size_t row, std::size_t column) const;
    // Valid as long as this. NULL is empty. Requires: the row and the column are there.
    std::string_view text(std::size_t row, std::size_t column) const;
    std::optional<std::string> text_or_null(std::size_t row, std::size_t column) const;
    // Throw Error{Corrupt} where the server sent something else.
    std::int64_t integer(std::size_t row, std::size_t column) const;
    bool truth(std::size_t row, std::size_t column) const;
    Lsn lsn(std::size_t row, std::size_t column) const;
    // Throws Error{Corrupt} where there are fewer rows or columns: what the server is trusted to send is looked at first.
    const PostgresResult& expect(std::size_t rows, std::size_t columns) const;

private:
    struct Clear { void operator()(pg_result* result) const; };
    std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace holdfast
