#include "engine/base/bytes.hpp"

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int value_of_hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int value_of_base64(char c) {
    const std::string_view alphabet(kBase64, 64);
    const auto at = alphabet.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

void append_little_endian(Bytes& bytes, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
}

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        text += kHex[std::to_integer<unsigned>(b) >> 4];
        text += kHex[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = value_of_hex(text[i]);
        const int low = value_of_hex(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = (group << 8) | (j < have ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += j <= have ? kBase64[(group >> (18 - 6 * j)) & 63] : '=';
        }
    }
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t padding = 0;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const char c = text[i + j];
            if (last && c == '=' && j >= 2) {
                ++padding;
                group <<= 6;
                continue;
            }
            const int value = value_of_base64(c);
            if (value < 0 || padding > 0) return std::nullopt;
            group = (group << 6) | static_cast<std::uint32_t>(value);
        }
        for (std::size_t j = 0; j < 3 - padding; ++j) bytes.push_back(static_cast<std::byte>((group >> (16 - 8 * j)) & 0xff));
    }
    return bytes;
}

void ByteWriter::u8(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
void ByteWriter::u16(std::uint16_t value) { append_little_endian(bytes_, value, 2); }
void ByteWriter::u32(std::uint32_t value) { append_little_endian(bytes_, value, 4); }
void ByteWriter::u64(std::uint64_t value) { append_little_endian(bytes_, value, 8); }

void ByteWriter::varint(std::uint64_t value) {
    while (value >= 0x80) {
        bytes_.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
        value >>= 7;
    }
    bytes_.push_back(static_cast<std::byte>(value));
}

void ByteWriter::raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

void ByteWriter::sized(ByteView bytes) {
    varint(bytes.size());
    raw(bytes);
}

void ByteReader::fail(std::string_view why) const {
    throw Error(ErrorCode::Corrupt, what_ + ": " + std::string(why) + " at byte " + std::to_string(at_));
}

std::uint64_t ByteReader::little_endian(std::size_t size) {
    const ByteView bytes = raw(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
}

std::uint8_t ByteReader::u8() { return static_cast<std::uint8_t>(little_endian(1)); }
std::uint16_t ByteReader::u16() { return static_cast<std::uint16_t>(little_endian(2)); }
std::uint32_t ByteReader::u32() { return static_cast<std::uint32_t>(little_endian(4)); }
std::uint64_t ByteReader::u64() { return little_endian(8); }

std::uint64_t ByteReader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t byte = u8();
        if (shift == 63 && byte > 1) fail("a number that is too large");
        value |= (byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    fail("a number that is too long");
}

std::size_t ByteReader::count(std::size_t least_bytes) {
    const std::uint64_t value = varint();
    if (value > left() / std::max<std::size_t>(1, least_bytes)) fail("a count that is larger than what follows");
    return static_cast<std::size_t>(value);
}

ByteView ByteReader::raw(std::size_t size) {
    if (size > left()) fail("it ends too early");
    const ByteView view = bytes_.subspan(at_, size);
    at_ += size;
    return view;
}

ByteView ByteReader::sized() { return raw(count(1)); }

void ByteReader::expect_done() const {
    if (!done()) fail("bytes that should not be there");
}

}  // namespace holdfast
