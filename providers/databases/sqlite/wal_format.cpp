#include "providers/databases/sqlite/wal_format.hpp"

#include <bit>
#include <cstring>

namespace holdfast {
namespace {

constexpr std::uint32_t kMagic = 0x377f0682;   // The lowest bit says whether checksums read words as big-endian.

}  // namespace

std::uint32_t big_endian(const std::byte* at) {
    return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
           std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}

std::uint64_t frame_offset(std::uint32_t frame, std::uint32_t page_bytes) {
    return kWalHeaderBytes + (std::uint64_t{frame} - 1) * (kFrameHeaderBytes + page_bytes);
}

WalChecksum::WalChecksum(bool big, WalSum value) : swap_(big == (std::endian::native == std::endian::little)), sum_(value) {}

std::uint32_t WalChecksum::word(const std::byte* at) const {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return swap_ ? __builtin_bswap32(value) : value;
}

void WalChecksum::add(const std::byte* at, std::size_t bytes) {
    auto [s0, s1] = sum_;
    for (std::size_t i = 0; i < bytes; i += 8) {
        s0 += word(at + i) + s1;
        s1 += word(at + i + 4) + s0;
    }
    sum_ = {s0, s1};
}

void WalChecksum::add_frame(const std::byte* frame, std::uint32_t page_bytes) {
    add(frame, 8);
    add(frame + kFrameHeaderBytes, page_bytes);
}

bool WalChecksum::is_stored_at(const std::byte* at) const { return big_endian(at) == sum_[0] && big_endian(at + 4) == sum_[1]; }

bool FrameChain::add(const std::byte* frame, std::uint32_t page_bytes) {
    static constexpr std::array<std::byte, 16> kUnsummed{};
    if (accept_unsummed_ && std::memcmp(frame + 8, kUnsummed.data(), kUnsummed.size()) == 0) {
        behind_unsummed_ = true;
        stored_ = {0, 0};
        return true;
    }
    if (std::memcmp(frame + 8, salts_.data(), salts_.size()) != 0) return false;
    WalChecksum sum = sum_;
    sum.add_frame(frame, page_bytes);
    if (!sum.is_stored_at(frame + 16) && behind_unsummed_) {
        sum = WalChecksum(big_);
        sum.add_frame(frame, page_bytes);
    }
    if (!sum.is_stored_at(frame + 16)) return false;
    sum_ = sum;
    stored_ = sum.value();
    behind_unsummed_ = false;
    return true;
}

std::optional<WalFileHeader> parse_wal_header(ByteView bytes, std::string& why) {
    const std::byte* at = bytes.data();
    if (bytes.size() < kWalHeaderBytes || (big_endian(at) & ~1U) != kMagic) {
        why = "it does not begin as a write-ahead log";
        return std::nullopt;
    }
    WalFileHeader header{.big_endian_sums = (big_endian(at) & 1U) != 0, .page_bytes = big_endian(at + 8)};
    std::memcpy(header.salts.data(), at + 16, header.salts.size());
    WalChecksum checksum(header.big_endian_sums);
    checksum.add(at, 24);
    header.checksum = checksum.value();
    if (checksum.is_stored_at(at + 24)) return header;
    why = "the checksum of its header is wrong";
    return std::nullopt;
}

}  // namespace holdfast
