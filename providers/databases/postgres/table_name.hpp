// What tables are called: "orders" in the schema public, "sales.orders" elsewhere. A part with a dot or a quotation mark in it stands in
// quotation marks, so that a name is read back as what it was.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace holdfast {

struct TableName {
    std::string schema, table;
    auto operator<=>(const TableName&) const = default;
};

std::string to_text(const TableName& name);
// Throws Error{Usage} for what to_text() does not write.
TableName parse_table_name(std::string_view text);
// With its schema, each part quoted: "public"."orders".
std::string sql_of(const TableName& name);

}  // namespace holdfast
