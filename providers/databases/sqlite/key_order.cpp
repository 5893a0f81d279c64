#include "providers/databases/sqlite/key_order.hpp"

namespace holdfast {
namespace {

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

std::strong_ordering compare_by_encoding(const SqlValue& a, const SqlValue& b, const std::string& encoding) {
    const auto* text_a = std::get_if<std::string>(&a);
    const auto* text_b = std::get_if<std::string>(&b);
    if (encoding == "UTF-8" || text_a == nullptr || text_b == nullptr) return compare_values(a, b);
    const bool little = encoding == "UTF-16le";
    return compare_values(as_utf16(*text_a, little), as_utf16(*text_b, little));
}

}  // namespace

std::strong_ordering compare_in_key_order(const TableShape& table, const SqlRow& a, const SqlRow& b, const std::string& encoding) {
    for (const std::size_t column : table.key) {
        const auto order = compare_by_encoding(a[column], b[column], encoding);
        if (order != std::strong_ordering::equal) return order;
    }
    return std::strong_ordering::equal;
}

}  // namespace holdfast
