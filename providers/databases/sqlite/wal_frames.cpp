#include "providers/databases/sqlite/wal_frames.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kWalHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kScanBytes = 1 << 20;
constexpr std::uint32_t kMagic = 0x377f0682;   // The lowest bit says whether checksums read words as big-endian.

std::uint32_t big_endian(const std::byte* at) {
    return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
           std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}

// The running checksum over all that was read so far.
class WalChecksum {
public:
    void use_order(bool big) { swap_ = big == (std::endian::native == std::endian::little); }

    void add(const std::byte* at, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; i += 8) {
            s0_ += word(at + i) + s1_;
            s1_ += word(at + i + 4) + s0_;
        }
    }
    bool is_stored_at(const std::byte* at) const { return big_endian(at) == s0_ && big_endian(at + 4) == s1_; }
    std::array<std::uint32_t, 2> value() const { return {s0_, s1_}; }

private:
    std::uint32_t word(const std::byte* at) const {
        std::uint32_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return swap_ ? __builtin_bswap32(value) : value;
    }

    bool swap_ = false;
    std::uint32_t s0_ = 0;
    std::uint32_t s1_ = 0;
};

[[noreturn]] void fail_wal(const File& wal, std::string_view why) {
    throw Error(ErrorCode::Corrupt, wal.path().string() + ": " + std::string(why),
                "The write-ahead log is damaged; run `PRAGMA integrity_check` on the database.");
}

}  // namespace

WalFrames::WalFrames(const fs::path& wal, const WalIndexHeader& header)
    : wal_(File::open(wal, File::Mode::Read)), page_bytes_(header.page_bytes()) {
    scan(header);
    keep_newest();
    newest_.shrink_to_fit();
}

void WalFrames::scan(const WalIndexHeader& header) {
    std::array<std::byte, kWalHeaderBytes> start{};
    wal_.read_exactly_at(0, start);
    const auto salts = header.salts();
    if ((big_endian(start.data()) & ~1U) != kMagic) fail_wal(wal_, "it does not begin as a write-ahead log");
    if (big_endian(start.data() + 8) != page_bytes_) fail_wal(wal_, "its page size is not the database's");
    if (std::memcmp(start.data() + 16, salts.data(), salts.size()) != 0) fail_wal(wal_, "its salt is not that of the index");
    WalChecksum checksum;
    checksum.use_order((big_endian(start.data()) & 1U) != 0);
    checksum.add(start.data(), kFrameHeaderBytes);
    if (!checksum.is_stored_at(start.data() + 24)) fail_wal(wal_, "the checksum of its header is wrong");

    const std::size_t frame_bytes = kFrameHeaderBytes + page_bytes_;
    const auto at_once = static_cast<std::uint32_t>(std::max<std::size_t>(1, kScanBytes / frame_bytes));
    Bytes buffer(at_once * frame_bytes);
    std::uint32_t pages_after = 0;
    for (std::uint32_t frame = 1; frame <= header.last_frame();) {
        const std::uint32_t count = std::min(at_once, header.last_frame() - frame + 1);
        wal_.read_exactly_at(kWalHeaderBytes + std::uint64_t{frame - 1} * frame_bytes, std::span(buffer).first(count * frame_bytes));
        for (const std::byte* at = buffer.data(); at != buffer.data() + count * frame_bytes; at += frame_bytes, ++frame) {
            if (std::memcmp(at + 8, salts.data(), salts.size()) != 0) fail_wal(wal_, fmt::format("frame {} has another salt", frame));
            checksum.add(at, 8);
            checksum.add(at + kFrameHeaderBytes, page_bytes_);
            if (!checksum.is_stored_at(at + 16)) fail_wal(wal_, fmt::format("the checksum of frame {} is wrong", frame));
            remember(big_endian(at), frame);
            pages_after = big_endian(at + 4);
        }
    }
    if (checksum.value() != header.checksum() || pages_after != header.pages()) {
        fail_wal(wal_, "its last frame is not the one that the index names");
    }
}

void WalFrames::remember(std::uint32_t page, std::uint32_t frame) {
    newest_.push_back({page, frame});
    if (newest_.size() >= tidy_at_) {
        keep_newest();
        tidy_at_ = std::max<std::size_t>(65536, newest_.size() * 2);
    }
}

void WalFrames::keep_newest() {
    std::ranges::sort(newest_, [](const PageFrame& a, const PageFrame& b) { return a.page != b.page ? a.page < b.page : a.frame > b.frame; });
    const auto rest = std::ranges::unique(newest_, {}, &PageFrame::page);
    newest_.erase(rest.begin(), rest.end());
}

std::optional<std::uint32_t> WalFrames::frame_of(std::uint32_t page) const {
    const auto found = std::ranges::lower_bound(newest_, page, {}, &PageFrame::page);
    if (found == newest_.end() || found->page != page) return std::nullopt;
    return found->frame;
}

void WalFrames::read_frame(std::uint32_t frame, std::span<std::byte> out) const {
    const std::uint64_t frame_bytes = kFrameHeaderBytes + std::uint64_t{page_bytes_};
    wal_.read_exactly_at(kWalHeaderBytes + (frame - 1) * frame_bytes + kFrameHeaderBytes, out);
}

}  // namespace holdfast
