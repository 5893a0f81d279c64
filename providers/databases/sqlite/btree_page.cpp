#include "providers/databases/sqlite/btree_page.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kFileHeaderBytes = 100;   // In front of page 1.
constexpr std::uint8_t kInteriorIndex = 2, kInteriorTable = 5, kLeafIndex = 10, kLeafTable = 13;

std::uint8_t byte_at(ByteView bytes, std::size_t at) { return std::to_integer<std::uint8_t>(bytes[at]); }

std::uint32_t short_at(ByteView bytes, std::size_t at) { return static_cast<std::uint32_t>(byte_at(bytes, at)) << 8 | byte_at(bytes, at + 1); }

// One to nine bytes, high ones first; nothing where it goes beyond the page.
std::optional<std::uint64_t> varint_at(ByteView page, std::size_t& at) {
    std::uint64_t value = 0;
    for (int count = 0; count < 9; ++count) {
        if (at >= page.size()) return std::nullopt;
        const std::uint8_t byte = byte_at(page, at++);
        if (count == 8) return value << 8 | byte;
        value = value << 7 | (byte & 0x7fU);
        if ((byte & 0x80U) == 0) return value;
    }
    return value;
}

class Cells {
public:
    Cells(ByteView page, std::uint8_t kind, std::uint32_t usable) : page_(page), kind_(kind), usable_(usable) {}

    void add(std::size_t at, BtreePage& into) const {
        if (kind_ == kInteriorTable || kind_ == kInteriorIndex) {
            if (at + 4 > page_.size()) return;
            into.children.push_back(read_number(page_, at));
            at += 4;
        }
        if (kind_ == kInteriorTable) return;
        const auto payload = varint_at(page_, at);
        if (!payload || (kind_ == kLeafTable && !varint_at(page_, at))) return;
        const std::uint64_t local = local_bytes(*payload);
        if (local == *payload || at + local + 4 > page_.size()) return;
        into.overflows.push_back(read_number(page_, at + static_cast<std::size_t>(local)));
    }

private:
    // How much of a payload stays in the page; the names are those of the specification.
    std::uint64_t local_bytes(std::uint64_t payload) const {
        const std::uint64_t u = usable_;
        const std::uint64_t x = kind_ == kLeafTable ? u - 35 : (u - 12) * 64 / 255 - 23;
        if (payload <= x) return payload;
        const std::uint64_t m = (u - 12) * 32 / 255 - 23;
        const std::uint64_t k = m + (payload - m) % (u - 4);
        return k <= x ? k : m;
    }

    ByteView page_;
    std::uint8_t kind_;
    std::uint32_t usable_;
};

}  // namespace

std::uint32_t read_number(ByteView bytes, std::size_t at) { return short_at(bytes, at) << 16 | short_at(bytes, at + 2); }

std::optional<BtreePage> read_btree_page(ByteView page, std::uint32_t number, std::uint32_t usable_bytes) {
    constexpr std::uint32_t kUsableMin = 480;   // Smaller is not allowed, and the sums above rely on it.
    if (usable_bytes < kUsableMin || usable_bytes > page.size()) return std::nullopt;
    const std::size_t header = number == 1 ? kFileHeaderBytes : 0;
    const std::uint8_t kind = byte_at(page, header);
    const bool is_interior = kind == kInteriorIndex || kind == kInteriorTable;
    if (!is_interior && kind != kLeafIndex && kind != kLeafTable) return std::nullopt;
    BtreePage read{.is_leaf = !is_interior, .children = {}, .overflows = {}};
    const std::size_t pointers = header + (is_interior ? 12 : 8);
    const std::size_t count = std::min<std::size_t>(short_at(page, header + 3), (page.size() - pointers) / 2);
    const Cells cells(page.first(usable_bytes), kind, usable_bytes);
    for (std::size_t cell = 0; cell < count; ++cell) cells.add(short_at(page, pointers + 2 * cell), read);
    if (is_interior) read.children.push_back(read_number(page, header + 8));
    return read;
}

}  // namespace holdfast
