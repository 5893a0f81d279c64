#include "engine/model/row.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

enum Tag : std::uint8_t { Null = 0, Integer = 1, Real = 2, Text = 3, Blob = 4 };

int class_of(const SqlValue& value) {
    constexpr int kClasses[] = {0, 1, 1, 2, 3};  // Integers and reals are one class.
    return kClasses[value.index()];
}

std::strong_ordering order_of(ByteView a, ByteView b) {
    const std::size_t common = std::min(a.size(), b.size());
    const int first = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    if (first != 0) return first < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
    return a.size() <=> b.size();
}

// SQLite stores no NaN, so reals are ordered.
std::strong_ordering order_of(double a, double b) {
    if (a < b) return std::strong_ordering::less;
    return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering order_of(std::int64_t a, double b) {
    constexpr double kTwoTo63 = 9223372036854775808.0;
    if (b >= kTwoTo63) return std::strong_ordering::less;
    if (b < -kTwoTo63) return std::strong_ordering::greater;
    const double whole = std::floor(b);
    const auto order = a <=> static_cast<std::int64_t>(whole);
    if (order != std::strong_ordering::equal) return order;
    return b > whole ? std::strong_ordering::less : std::strong_ordering::equal;
}

std::strong_ordering order_of_numbers(const SqlValue& a, const SqlValue& b) {
    const auto* ia = std::get_if<std::int64_t>(&a);
    const auto* ib = std::get_if<std::int64_t>(&b);
    if (ia != nullptr && ib != nullptr) return *ia <=> *ib;
    if (ia != nullptr) return order_of(*ia, std::get<double>(b));
    if (ib != nullptr) return 0 <=> order_of(*ib, std::get<double>(a));
    return order_of(std::get<double>(a), std::get<double>(b));
}

}  // namespace

std::strong_ordering compare_values(const SqlValue& a, const SqlValue& b) {
    const auto classes = class_of(a) <=> class_of(b);
    if (classes != std::strong_ordering::equal) return classes;
    switch (class_of(a)) {
        case 0: return std::strong_ordering::equal;
        case 1: return order_of_numbers(a, b);
        case 2: return order_of(as_bytes(std::get<std::string>(a)), as_bytes(std::get<std::string>(b)));
        default: return order_of(ByteView(std::get<Bytes>(a)), ByteView(std::get<Bytes>(b)));
    }
}

void write_row(ByteWriter& writer, const SqlRow& row) {
    writer.varint(row.size());
    for (const SqlValue& value : row) {
        writer.u8(static_cast<std::uint8_t>(value.index()));
        if (const auto* i = std::get_if<std::int64_t>(&value)) writer.u64(static_cast<std::uint64_t>(*i));
        if (const auto* d = std::get_if<double>(&value)) writer.u64(std::bit_cast<std::uint64_t>(*d));
        if (const auto* s = std::get_if<std::string>(&value)) writer.text(*s);
        if (const auto* b = std::get_if<Bytes>(&value)) writer.sized(*b);
    }
}

SqlRow read_row(ByteReader& reader) {
    SqlRow row(reader.count(1));
    for (SqlValue& value : row) {
        switch (reader.u8()) {
            case Null: break;
            case Integer: value = static_cast<std::int64_t>(reader.u64()); break;
            case Real: value = std::bit_cast<double>(reader.u64()); break;
            case Text: value = reader.text(); break;
            case Blob: value = to_bytes(reader.sized()); break;
            default: throw Error(ErrorCode::Corrupt, "a row with a value of unknown type");
        }
    }
    return row;
}

std::string for_people(const SqlValue& value, std::size_t columns) {
    if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
    if (const auto* d = std::get_if<double>(&value)) return fmt::format("{}", *d);
    if (const auto* s = std::get_if<std::string>(&value)) return "'" + printable(*s, columns) + "'";
    if (const auto* b = std::get_if<Bytes>(&value)) {
        const std::size_t shown = std::min(b->size(), columns / 2);
        return "x'" + to_hex(std::span(*b).first(shown)) + (shown < b->size() ? "…'" : "'");
    }
    return "NULL";
}

}  // namespace holdfast
