// Damage done to SQLite files on purpose, of every kind that a disk, a program or a person can do.
#pragma once

#include "engine/base/file.hpp"
#include "engine/sqlite/connection.hpp"

namespace holdfast {

inline constexpr std::uint64_t kDamagePageBytes = 4096;

inline void overwrite(const fs::path& file, std::uint64_t at, const Bytes& bytes) { File::open(file, File::Mode::ReadWrite).write_at(at, bytes); }

inline void zero_page(const fs::path& file, std::uint64_t page) {   // From 1, as SQLite counts.
    overwrite(file, (page - 1) * kDamagePageBytes, Bytes(kDamagePageBytes));
}

inline void destroy_header(const fs::path& file) { overwrite(file, 0, Bytes(100, std::byte{0x5a})); }

inline std::uint64_t root_page_of(const fs::path& file, const std::string& name) {
    return static_cast<std::uint64_t>(
        Connection::open(file, OpenMode::ReadOnly).integer("SELECT rootpage FROM sqlite_schema WHERE name = ?", name).value_or(0));
}

inline Bytes page_of(const fs::path& file, std::uint64_t page) {
    Bytes bytes(kDamagePageBytes);
    File::open(file, File::Mode::Read).read_exactly_at((page - 1) * kDamagePageBytes, bytes);
    return bytes;
}

inline std::uint32_t big_endian_at(const Bytes& bytes, std::size_t at) {
    return std::to_integer<std::uint32_t>(bytes[at]) << 24 | std::to_integer<std::uint32_t>(bytes[at + 1]) << 16 |
           std::to_integer<std::uint32_t>(bytes[at + 2]) << 8 | std::to_integer<std::uint32_t>(bytes[at + 3]);
}

// The n-th child of an interior page of a table (SQLite's "Database File Format", section "B-tree Pages").
inline std::uint64_t child_of(const fs::path& file, std::uint64_t page, std::size_t number) {
    const Bytes bytes = page_of(file, page);
    const std::size_t header = page == 1 ? 100 : 0;
    const std::size_t cell = std::to_integer<std::size_t>(bytes[header + 12 + 2 * number]) << 8 | std::to_integer<std::size_t>(bytes[header + 13 + 2 * number]);
    return big_endian_at(bytes, cell);
}

// Makes the n-th child of an interior page that page itself: whoever follows it goes in circles.
inline void lead_in_circles(const fs::path& file, std::uint64_t page, std::size_t number) {
    const Bytes bytes = page_of(file, page);
    const std::size_t cell = std::to_integer<std::size_t>(bytes[12 + 2 * number]) << 8 | std::to_integer<std::size_t>(bytes[13 + 2 * number]);
    const Bytes self{static_cast<std::byte>(page >> 24 & 0xff), static_cast<std::byte>(page >> 16 & 0xff), static_cast<std::byte>(page >> 8 & 0xff),
                     static_cast<std::byte>(page & 0xff)};
    overwrite(file, (page - 1) * kDamagePageBytes + cell, self);
}

}  // namespace holdfast
