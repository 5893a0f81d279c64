// Bytes, their texts, and bounded reading and writing of them. Integers are little-endian.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

std::string to_hex(ByteView bytes);                          // Lower case.
std::optional<Bytes> from_hex(std::string_view text);        // Nothing for odd length or other characters.
std::string to_base64(ByteView bytes);                       // RFC 4648, section 4, padded.
std::optional<Bytes> from_base64(std::string_view text);     // Strict: padding required, no white space.

// Appends to a buffer of its own.
class ByteWriter {
public:
    void u8(std::uint8_t value);
    void u16(std::uint16_t value);
    void u32(std::uint32_t value);
    void u64(std::uint64_t value);
    void varint(std::uint64_t value);        // LEB128: seven bits a byte, low first.
    void raw(ByteView bytes);                // Without a length.
    void sized(ByteView bytes);              // A varint length, then the bytes.
    void text(std::string_view text) { sized(as_bytes(text)); }
    std::size_t size() const { return bytes_.size(); }
    const Bytes& bytes() const& { return bytes_; }
    Bytes take() { return std::move(bytes_); }

private:
    Bytes bytes_;
};

// Reads from a view that outlives it. Every read is checked against what is left: bytes that came
// from outside never make it read past the end or believe a length. Throws Error{Corrupt}.
class ByteReader {
public:
    explicit ByteReader(ByteView bytes, std::string_view what = "data") : bytes_(bytes), what_(what) {}
    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    std::uint64_t u64();
    std::uint64_t varint();
    // Reads a varint count of things of at least `least_bytes` each and refuses one that cannot fit in what is left.
    std::size_t count(std::size_t least_bytes);
    ByteView raw(std::size_t size);
    ByteView sized();
    std::string text() { return std::string(as_text(sized())); }
    std::size_t left() const { return bytes_.size() - at_; }
    std::size_t at() const { return at_; }
    bool done() const { return left() == 0; }
    // Throws unless everything was read.
    void expect_done() const;

private:
    [[noreturn]] void fail(std::string_view why) const;
    std::uint64_t little_endian(std::size_t size);

    ByteView bytes_;
    std::string what_;
    std::size_t at_ = 0;
};

}  // namespace holdfast
