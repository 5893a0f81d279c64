// The order of keys by SQLite's BINARY collation, which compares text by the bytes of the database's own encoding.
#pragma once

#include <compare>
#include <string>

#include "engine/provider/rows.hpp"

namespace holdfast {

// `encoding` as PRAGMA encoding says it: UTF-8, UTF-16le, UTF-16be.
std::strong_ordering compare_in_key_order(const TableShape& table, const SqlRow& a, const SqlRow& b, const std::string& encoding);

}  // namespace holdfast
