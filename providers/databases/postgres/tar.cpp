#include "providers/databases/postgres/tar.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kBlockBytes = 512;

[[noreturn]] void fail(const std::string& why) { throw Error(ErrorCode::Corrupt, "the server's archive " + why); }

std::string text_at(ByteView header, std::size_t at, std::size_t size) {
    const std::string_view field = as_text(header.subspan(at, size));
    return std::string(field.substr(0, field.find('\0')));
}

// Octal digits, or (what does not fit) big-endian bytes behind a set top bit.
std::uint64_t number_at(ByteView header, std::size_t at, std::size_t size) {
    const ByteView field = header.subspan(at, size);
    std::uint64_t value = 0;
    if ((field[0] & std::byte{0x80}) != std::byte{0}) {
        value = std::to_integer<std::uint64_t>(field[0] & std::byte{0x7F});
        for (const std::byte b : field.subspan(1)) {
            if (value >> 56 != 0) fail("has a number that is too large");
            value = value << 8 | std::to_integer<std::uint64_t>(b);
        }
        return value;
    }
    for (const char c : as_text(field)) {
        if (c == '\0' || c == ' ') {
            if (value != 0) break;
            continue;
        }
        if (c < '0' || c > '7') fail("has a header that is damaged");
        value = value << 3 | static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

void require_checksum(ByteView header) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < header.size(); ++at) {
        sum += at >= 148 && at < 156 ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(header[at]);
    }
    if (sum != number_at(header, 148, 8)) fail("has a header that is damaged");
}

TarMember parse_header(ByteView header) {
    require_checksum(header);
    TarMember member;
    const std::string prefix = text_at(header, 345, 155);
    member.path = (prefix.empty() ? "" : prefix + "/") + text_at(header, 0, 100);
    member.mode = static_cast<std::uint32_t>(number_at(header, 100, 8) & 07777);
    const char type = static_cast<char>(header[156]);
    if (type == '5') member.kind = TarMember::Kind::Folder;
    else if (type == '2') member.kind = TarMember::Kind::Link;
    else if (type != '0' && type != '\0') fail(fmt::format("has {} of an unknown kind", printable(member.path)));
    if (member.kind == TarMember::Kind::File) member.bytes = number_at(header, 124, 12);
    else member.link_to = text_at(header, 157, 100);
    while (member.path.ends_with('/')) member.path.pop_back();
    if (member.path.starts_with("./")) member.path.erase(0, 2);
    return member;
}

}  // namespace

ByteView TarReader::take(std::size_t most) {
    const ByteView bytes = next_(most);
    if (bytes.empty()) fail("ends in the middle of a file");
    return bytes;
}

bool TarReader::fill_header(Bytes& header) {
    while (header.size() < kBlockBytes) {
        const ByteView bytes = next_(kBlockBytes - header.size());
        if (bytes.empty() && header.empty()) return false;   // Servers before 15 leave the end mark out.
        if (bytes.empty()) fail("ends in the middle of a header");
        header.insert(header.end(), bytes.begin(), bytes.end());
    }
    return true;
}

void TarReader::skip_rest() {
    for (std::uint64_t skip = left_ + padding_; skip > 0;) skip -= take(static_cast<std::size_t>(std::min<std::uint64_t>(skip, 1 << 20))).size();
    left_ = padding_ = 0;
}

std::optional<TarMember> TarReader::next_member() {
    skip_rest();
    Bytes header;
    if (!fill_header(header)) return std::nullopt;
    if (std::ranges::all_of(header, [](std::byte b) { return b == std::byte{0}; })) {
        while (!next_(kBlockBytes).empty()) {}
        return std::nullopt;
    }
    TarMember member = parse_header(header);
    left_ = member.bytes;
    padding_ = (kBlockBytes - member.bytes % kBlockBytes) % kBlockBytes;
    return member;
}

ByteView TarReader::read(std::size_t most) {
    if (left_ == 0) return {};
    const ByteView bytes = take(static_cast<std::size_t>(std::min<std::uint64_t>(most, left_)));
    left_ -= bytes.size();
    return bytes;
}

}  // namespace holdfast
